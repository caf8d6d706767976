import MailTesting
import MailTypes
import Testing

@testable import MailStore

@Suite("the list of a mailbox's messages")
struct MailboxStateTests {
    @Test("it behaves as a plain array does, through any changes", arguments: 0..<6)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var state = MailboxState(uidNext: UID(rawValue: 1), highestModSeq: ModSeq(rawValue: 1))
        var model: [MailboxState.Entry] = []
        var nextUID: UInt32 = 1
        for step in 0..<40 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                for _ in 0..<Int.random(in: 1...700, using: &random) {
                    nextUID += UInt32.random(in: 1...3, using: &random)
                    let entry = Self.entry(nextUID)
                    state.append(entry)
                    model.append(entry)
                }
            case 2:
                let rate = Int.random(in: 1...40, using: &random)
                let gone = model.filter { _ in Int.random(in: 0..<rate, using: &random) == 0 }.map(\.uid)
                state.remove(gone + [UID(rawValue: nextUID + 7)])
                let set = Set(gone)
                model.removeAll { set.contains($0.uid) }
            default:
                let picked = model.indices.filter { _ in Int.random(in: 0..<9, using: &random) == 0 }
                for index in picked {
                    model[index].flags.formSymmetricDifference(.seen)
                    model[index].modSeq = ModSeq(rawValue: Int64(step))
                }
                state.setFlags(
                    picked.map { (model[$0].uid, model[$0].flags) },
                    modSeq: ModSeq(rawValue: Int64(step))
                )
            }
            Self.expectEqual(state, model, nextUID)
        }
    }

    @Test("a copy keeps its moment")
    func copies() {
        var state = MailboxState(uidNext: UID(rawValue: 1), highestModSeq: ModSeq(rawValue: 1))
        for uid in 1...2_000 { state.append(Self.entry(UInt32(uid))) }
        let copy = state
        state.remove(uids(1, 600, 2_000))
        state.setFlags([(UID(rawValue: 2), [.seen])], modSeq: ModSeq(rawValue: 9))
        #expect(copy.count == 2_000)
        #expect(copy[1].flags == [])
        #expect(state.count == 1_997)
        #expect(state[0].flags == [.seen])
    }

    private static func expectEqual(_ state: MailboxState, _ model: [MailboxState.Entry], _ nextUID: UInt32) {
        var entries: [MailboxState.Entry] = []
        state.forEach(in: 0..<state.count) { entries.append($0) }
        #expect(entries == model)
        #expect(state.count == model.count)
        for uid in stride(from: 0, through: Int(nextUID) + 2, by: max(1, Int(nextUID) / 9)) {
            let expected = model.firstIndex { Int($0.uid.rawValue) >= uid } ?? model.count
            #expect(state.firstIndex(notBefore: UID(rawValue: UInt32(uid))) == expected)
        }
        for index in stride(from: 0, to: model.count, by: max(1, model.count / 30)) {
            #expect(state[index] == model[index])
        }
    }

    private static func entry(_ uid: UInt32) -> MailboxState.Entry {
        MailboxState.Entry(
            uid: UID(rawValue: uid),
            octets: uid,
            flags: [],
            modSeq: ModSeq(rawValue: 1),
            message: StoredMessageID(rawValue: Int64(uid))
        )
    }
}
