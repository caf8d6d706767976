internal import Foundation

/// Signs zones with keys made for the test, by ldns.
enum ZoneSigner {
    struct SignedZone {
        /// The zone file with its signatures.
        let text: String
        /// The key as a DS record: an anchor, or what the zone above must hold.
        let anchor: String
    }

    /// - Parameter below: DS records of zones below this one, which it vouches for.
    static func sign(_ zone: TestZone, vouching below: [String], in folder: String) throws -> SignedZone {
        let key = try TestTool.run(
            "ldns-keygen",
            package: "ldnsutils",
            ["-a", "ECDSAP256SHA256", "-k", zone.name],
            in: folder
        ).trimmingCharacters(in: .whitespacesAndNewlines)
        let file = "\(zone.name).plain"
        let text = zone.text + below.joined(separator: "\n") + "\n"
        try text.write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
        let times = zone.signing == .expired ? ["-i", "20200101", "-e", "20200201"] : []
        let output = ["-o", zone.name, "-f", "\(zone.name).signed"]
        _ = try TestTool.run("ldns-signzone", package: "ldnsutils", times + output + [file, key], in: folder)
        return SignedZone(
            text: try String(contentsOfFile: "\(folder)/\(zone.name).signed", encoding: .utf8),
            anchor: try String(contentsOfFile: "\(folder)/\(key).ds", encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        )
    }
}
