/// `[sieve_lists]`: lists that scripts can ask, by their names. RFC 6134.
package struct SieveListsSection: ConfigSection {
    /// Files, by the URI that is the list's name.
    package var files: [String: String] = [:]

    package init() {}

    static let name = "sieve_lists"
    static let help =
        "Lists for users' scripts (extlists): \"tag:example.org,2026:friends\" = \"/etc/martlet/friends\", a file with "
        + "an address or another string a line."

    static let fields: [ConfigField<Self>] = []

    /// Lists of a site.
    private static let listsMax = 100

    static let entries: ConfigEntries<Self>? = ConfigEntries(
        placeholder: "<list>",
        formName: ConfigForm<String>.text.name,
        help: "File of the list of that name, a tag: or urn: URI. It is read again when it changes; at most 1 MiB and "
            + "20,000 strings. Lines that begin with # are none."
    ) { key, node, section throws(ConfigMismatch) in
        guard Self.isName(key) else {
            throw ConfigMismatch("a list's name is a URI such as \"tag:example.org,2026:friends\" or \"urn:example:x\"")
        }
        guard section.files.count < Self.listsMax else {
            throw ConfigMismatch("there are more than \(Self.listsMax) lists")
        }
        section.files[key] = try ConfigForm<String>.text.read(node)
    } write: { section in
        section.files.sorted { $0.key < $1.key }.map { (TOMLText.quote($0.key), TOMLText.quote($0.value)) }
    }

    /// A URI of a scheme that names things and fetches nothing. What IETF gives meaning to, such as the owner's address
    /// book, is not a file's. RFC 6134.
    private static func isName(_ text: String) -> Bool {
        let isURI = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}".utf8.contains($0) }
        guard isURI, (5...500).contains(text.utf8.count) else { return false }
        if text.hasPrefix("tag:") {
            // tagURI = "tag:" authority "," date ":" specific. RFC 4151 §2.1.
            return text.dropFirst(4).split(separator: ":", maxSplits: 1).first?.contains(",") ?? false
        }
        return text.hasPrefix("urn:") && text.dropFirst(4).contains(":") && !text.hasPrefix("urn:ietf:")
    }
}
