import Foundation
import MIME
import MailTypes
import Testing

/// The parses that stalwart's mail-parser expects, as far as both answer the same question.
@Suite("mail-parser's expectations", .enabled(if: FixtureCorpus.isPresent))
struct StalwartExpectationTests {
    /// A field's value and what is expected of it.
    private static func cases(_ name: String) throws -> [(header: [UInt8], expected: Any)] {
        let folder = try #require(FixtureCorpus.folder)
        let file = folder.appendingPathComponent("stalwart-mail-parser/resources/\(name).json")
        let list = try #require(try FixtureCorpus.json(file) as? [[String: Any]])
        return try list.map { entry in
            let text = try #require(entry["header"] as? String)
            return (
                message(String(decoding: text.utf8.dropLast(text.hasSuffix("\n") ? 1 : 0), as: UTF8.self)),
                entry["expected"] ?? NSNull()
            )
        }
    }

    @Test("dates")
    func dates() throws {
        var differing: [Int] = []
        for (number, entry) in try Self.cases("date").enumerated() {
            let bytes = entry.header
            let parsed = RFC5322Date.parse(bytes.span)
            guard let expected = entry.expected as? [String: Any], let year = expected["year"] as? Int, year > 0 else {
                continue
            }
            let value = { (key: String) in expected[key] as? Int ?? 0 }
            let minutes =
                (expected["tz_before_gmt"] as? Bool ?? false ? -1 : 1) * (value("tz_hour") * 60 + value("tz_minute"))
            let seconds = parsed.map { Int($0.instant.secondsSince1970) + $0.zoneMinutes * 60 }
            let isSame =
                parsed?.year == year && parsed?.month == value("month") && parsed?.day == value("day")
                && parsed?.zoneMinutes == minutes
                && seconds.map { ($0 % 86_400 + 86_400) % 86_400 } == value("hour") * 3_600 + value("minute") * 60
                    + value("second")
            if !isSame { differing.append(number) }
        }
        #expect(differing == Self.differingDates)
    }

    /// A month as a number between day and two-digit year, six numbers in a row, and a whole Received field.
    private static let differingDates = [10, 12, 28]

    @Test("unstructured text")
    func unstructured() throws {
        var differing: [Int] = []
        for (number, entry) in try Self.cases("unstructured").enumerated() {
            let bytes = entry.header
            let text = HeaderText.decode(bytes.span).trimmingCharacters(in: .whitespaces)
            if text != entry.expected as? String { differing.append(number) }
        }
        #expect(differing == Self.differingTexts)
    }

    /// Blanks: we keep runs of them, put none before an encoded word that has none, keep the fold inside one; and
    /// what follows the field's end in three of them.
    private static let differingTexts = [2, 3, 4, 11, 19, 21, 22, 24, 25, 26, 27, 28]

    @Test("content types")
    func contentTypes() throws {
        var differing: [Int] = []
        for (number, entry) in try Self.cases("content_type").enumerated() {
            guard let expected = entry.expected as? [String: Any] else { continue }
            let bytes = entry.header
            let type = ContentType.parse(0..<bytes.count, in: bytes.span)
            let isSame =
                latin(type.type).lowercased() == expected["c_type"] as? String
                && latin(type.subtype).lowercased() == (expected["c_subtype"] as? String ?? "").lowercased()
            let charset = (expected["attributes"] as? [[String]])?.first { $0.first == "charset" }?.last
            if !isSame || type.charset?.lowercased() != charset?.lowercased() { differing.append(number) }
        }
        #expect(differing == Self.differingTypes)
    }

    /// Where there is no `type/subtype`, or something else than `;` after it, Dovecot reads nothing and so do we.
    private static let differingTypes = [30, 31, 38, 39, 47, 48, 58, 67, 68, 69, 76, 77, 78, 101]

    @Test("addresses")
    func addresses() throws {
        var differing: [Int] = []
        for (number, entry) in try Self.cases("address").enumerated() {
            let expected = (entry.expected as? [String: Any]).map(Self.addresses) ?? []
            let bytes = entry.header
            let parsed = AddressList.parse(0..<bytes.count, in: bytes.span)
                .filter { !$0.isGroupStart && !$0.isGroupEnd }
                .map { address in
                    let name = address.name.map { HeaderText.decode($0.span) } ?? ""
                    return "\(name)<\(latin(address.mailbox ?? []))@\(latin(address.domain ?? []))>"
                }
            if parsed != expected { differing.append(number) }
        }
        #expect(differing == Self.differingAddresses)
    }

    /// Comments are a display name only where there is no other; dots with blanks on both sides, addresses that are
    /// URLs, names with `@` in them, `;` between addresses and text after `>` are read as Dovecot reads them.
    private static let differingAddresses = [
        8, 9, 10, 11, 13, 14, 22, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 51, 55, 56,
    ]

    private static func addresses(_ expected: [String: Any]) -> [String] {
        let groups = expected["Group"] as? [[String: Any]] ?? []
        let list = expected["List"] as? [[String: Any]] ?? groups.flatMap { $0["addresses"] as? [[String: Any]] ?? [] }
        return list.map { "\($0["name"] as? String ?? "")<\($0["address"] as? String ?? "")>" }
    }

    @Test("subjects of whole messages")
    func subjects() throws {
        var differing: [String] = []
        for file in FixtureCorpus.files(in: "stalwart-mail-parser/resources/eml", suffix: ".crlf.json") {
            let parsed = try #require(try FixtureCorpus.json(file) as? [String: Any])
            let source = URL(fileURLWithPath: String(file.path.dropLast(".crlf.json".count)) + ".eml")
            let bytes = try FixtureCorpus.message(source)
            let headers = (parsed["parts"] as? [[String: Any]])?.first?["headers"] as? [[String: Any]] ?? []
            let subject = headers.last { $0["name"] as? String == "subject" }?["value"] as? [String: Any]
            let found =
                HeaderScanner.last("Subject", in: bytes.span)
                .map { HeaderText.decode($0.value, in: bytes.span).trimmingCharacters(in: .whitespaces) } ?? ""
            if found != subject?["Text"] as? String ?? "" {
                differing.append(source.pathComponents.suffix(2).joined(separator: "/"))
            }
        }
        #expect(differing == Self.differingSubjects)
    }

    /// Bare 8-bit octets that are no UTF-8 we take for Windows-1252, not for nothing.
    private static let differingSubjects = [
        "legacy/010.eml", "legacy/020.eml", "legacy/022.eml", "legacy/027.eml", "legacy/052.eml",
    ]
}
