import Testing

@testable import MartletConfig

@Suite("sizes as people write them")
struct ConfigUnitsTests {
    @Test(
        "a unit may be written out or be one letter, and both mean powers of 1024",
        arguments: [
            ("0B", 0), ("7B", 7), ("1KiB", 1_024), ("1K", 1_024), ("25MiB", 26_214_400), ("25 M", 26_214_400),
            ("25m", 26_214_400), ("2G", 2_147_483_648), ("1_000GiB", 1_073_741_824_000), ("1T", 1_099_511_627_776),
            ("8388607T", 9_223_370_937_343_148_032),
        ]
    )
    func sizes(text: String, octets: Int) {
        #expect(ConfigUnits.octets(text) == octets)
    }

    @Test(
        "what has no unit, an unknown one, a fraction, or is too much is no size",
        arguments: ["", "M", "25", "25MB", "1.5G", "-1M", "25MiBs", "8388608T", "99999999999999999999B"]
    )
    func noSizes(text: String) {
        #expect(ConfigUnits.octets(text) == nil)
    }

    @Test(
        "a size is shown in the largest unit that needs no fraction",
        arguments: [
            (0, "0B"), (1_023, "1023B"), (1_536, "1536B"), (3_072, "3KiB"), (1 << 20, "1MiB"), (5 << 40, "5TiB"),
        ]
    )
    func shown(octets: Int, text: String) {
        #expect(ConfigUnits.text(octets: octets) == text)
    }
}
