/// `true` and `false`. RFC 5228 §5.6, §5.10.
final class ConstantTest: CheckedTest {
    let position: SievePosition
    let value: Bool
    var name: String { self.value ? "true" : "false" }
    var outline: TestOutline { .constant(self.value) }

    init(position: SievePosition, value: Bool) {
        self.position = position
        self.value = value
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool { self.value }
}

/// RFC 5228 §5.8.
final class NotTest: CheckedTest {
    let position: SievePosition
    private let test: any CheckedTest
    var name: String { "not" }
    var outline: TestOutline { .not(self.test.outline) }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.test = call.tests[0]
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool { try !run.evaluate(self.test) }
}

/// Holds when one of its tests does; those behind it are not evaluated. RFC 5228 §5.3.
final class AnyOfTest: CheckedTest {
    let position: SievePosition
    private let tests: [any CheckedTest]
    var name: String { "anyof" }
    var outline: TestOutline { .any(self.tests.map(\.outline)) }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.tests = call.tests
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        for test in self.tests where try run.evaluate(test) { return true }
        return false
    }
}

/// Holds when all of its tests do; those behind one that does not are not evaluated. RFC 5228 §5.2.
final class AllOfTest: CheckedTest {
    let position: SievePosition
    private let tests: [any CheckedTest]
    var name: String { "allof" }
    var outline: TestOutline { .all(self.tests.map(\.outline)) }

    init?(_ call: CheckedCall, _ checker: SieveChecker) {
        self.position = call.position
        self.tests = call.tests
    }

    func evaluate(_ run: SieveRun) throws(SieveRunError) -> Bool {
        for test in self.tests where try !run.evaluate(test) { return false }
        return true
    }
}
