/// extlists (RFC 6134), whole: the match type `:list` for all tests, `redirect :list`, the test `valid_ext_list`.
///
/// The tag `:list` of tests is one of ``SieveChecker/matchTags``; what a list holds is the world's answer.
///
/// Limits: none of its own.
enum ExternalListsExtension {
    static let words = SieveExtension(
        calls: [
            CallRule(
                name: "valid_ext_list",
                capabilities: [.extlists],
                parameters: [.list("list names")],
                builder: .test(ValidListTest.init)
            )
        ],
        tags: [TagRule("list", .extlists, on: ["redirect"])]
    )
}

/// Whether all named lists are there. RFC 6134 §2.7.
final class ValidListTest: CheckedTest {
    let position: SievePosition
    private let lists: [SieveText]
    var name: String { "valid_ext_list" }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.lists = checker.texts(call.strings(0))
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        self.lists.allSatisfy { run.world.isListed("", in: run.string($0), by: .octet) != nil }
    }
}
