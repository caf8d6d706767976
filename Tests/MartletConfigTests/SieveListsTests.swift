import MartletConfig
import Testing

@Suite("Configuration: lists for scripts")
struct SieveListsTests {
    @Test("a list is called by a URI that names and fetches nothing, and is a file")
    func names() throws {
        let config = try MartletConfig.parse(
            """
            [sieve_lists]
            "tag:example.org,2026:friends" = "/etc/martlet/friends"
            "urn:example:staff" = "staff.txt"
            """
        )
        #expect(config.sieveLists.files["tag:example.org,2026:friends"] == "/etc/martlet/friends")
        #expect(config.sieveLists.files.keys.sorted() == ["tag:example.org,2026:friends", "urn:example:staff"])
    }

    @Test(
        "what fetches, has no authority, or belongs to the IETF is no name of a list",
        arguments: [
            "friends", "https://example.org/friends", "tag:example.org:friends", "urn:friends",
            "urn:ietf:params:sieve:addrbook:default", "tag:example.org,2026:my friends", "",
        ]
    )
    func refused(_ name: String) throws {
        let error = try #require(throws: ConfigError.self) {
            try MartletConfig.parse("[sieve_lists]\n\"\(name)\" = \"/etc/martlet/friends\"\n")
        }
        #expect("\(error)".contains("sieve_lists"))
    }
}
