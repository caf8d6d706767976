internal import SieveLanguage

/// A world that knows nothing and notes when it is asked: what scripts come to that asked nothing, they come to in
/// every world.
final class UnaskedWorld: SieveWorld {
    private(set) var wasAsked = false

    private func answer<Answer>(_ nothing: Answer) -> Answer {
        self.wasAsked = true
        return nothing
    }

    func environment(_ item: String) -> String? { self.answer(nil) }
    func mailboxExists(_ mailbox: String) -> Bool { self.answer(false) }
    func metadata(_ annotation: String, of mailbox: String?) -> String? { self.answer(nil) }
    func mailbox(withID id: String) -> String? { self.answer(nil) }
    func hasSpecialUse(_ use: String, mailbox: String?) -> Bool { self.answer(false) }
    func isDuplicate(_ mark: SieveDuplicateMark) -> Bool { self.answer(false) }
    func isListed(_ value: String, in list: String, by comparator: SieveComparator) -> Bool? { self.answer(nil) }
    func script(named name: String, at location: SieveScriptLocation) -> SieveProgram? { self.answer(nil) }
    var spamVerdict: SieveFilterVerdict? { self.answer(nil) }
    var virusVerdict: SieveFilterVerdict? { self.answer(nil) }
    func notificationCapability(_ capability: String, of method: String) -> String? { self.answer(nil) }
}
