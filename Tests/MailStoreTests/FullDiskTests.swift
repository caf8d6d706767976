import Glibc
import MailStore
import MailTesting
import MailTypes
import NIOCore
import Storage
import Testing

@Suite("a store on a full disk", .serialized, .enabled(if: geteuid() == 0, "needs to mount a tmpfs"))
struct FullDiskTests {
    @Test("lesson 28: delivery is refused whole, expunge still works, and delivery works again after it")
    func recovery() async throws {
        let folder = TemporaryFolder()
        guard unsafe mount("tmpfs", folder.path, "tmpfs", 0, "size=48m") == 0 else { return }
        defer {
            unsafe umount2(folder.path, Int32(MNT_DETACH))
            folder.remove()
        }
        let test = try await TestStore(in: folder, shards: 1)
        let recipient = LocalDelivery.Recipient(account: TestStore.alice)
        var stored = 0
        var failure: StorageError?
        while failure == nil, stored < 5_000 {
            let octets = stored % 7 == 0 ? 200_000 : 20_000
            switch await test.deliver(TestStore.message("\(stored)", octets: octets), to: [recipient])[0] {
            case .stored: stored += 1
            case .failed(let error): failure = error as? StorageError
            default: Issue.record("neither stored nor failed")
            }
        }
        #expect(failure?.code == .diskFull)
        #expect(try await test.inbox().messages == stored)
        #expect(test.store.check() == [])
        let inbox = try await test.inbox()
        let all = (1...UInt32(stored)).map { UID(rawValue: $0) }
        try await test.change(.add, [.deleted], all)
        #expect(try await test.store.expunge(in: inbox.id, of: TestStore.alice).count == stored)
        try await test.settle()
        #expect(await test.deliver("again", to: TestStore.alice) != nil)
        #expect(test.store.check() == [])
        test.store.close()
    }
}
