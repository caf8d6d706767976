import Foundation
import Testing

@testable import MartletConfig

@Suite("errors of a configuration file")
struct FileNameTests {
    @Test(
        "each problem names the file it is in",
        arguments: ["x = [\n", "[smtp]\nrecipient_max = 5\n[imap]\nidle = 1\n"]
    )
    func named(text: String) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).toml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        let error = try #require(throws: ConfigError.self) { try MartletConfig.read(path: path) }
        for line in error.description.split(separator: "\n") { #expect(line.hasPrefix("\(path): "), "\(error)") }
    }
}
