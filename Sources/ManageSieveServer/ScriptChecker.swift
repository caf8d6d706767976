internal import Dispatch
internal import NIOCore
internal import SieveLanguage
internal import Synchronization

/// Checks scripts beside the event loops, one after the other.
///
/// A script may be a megabyte long and full of regular expressions; other sessions do not wait for that. When too many
/// scripts wait already, a client is told to try again instead of making everybody wait.
final class ScriptChecker: Sendable {
    private let compiler: SieveCompiler
    private let waitingMax: Int
    private let waiting = Atomic<Int>(0)
    private let queue = DispatchQueue(label: "managesieve")

    init(_ compiler: SieveCompiler, waitingMax: Int) {
        self.compiler = compiler
        self.waitingMax = waitingMax
    }

    /// What is wrong with a script; `nil` when it cannot be looked at now.
    func check(_ script: [UInt8]) async -> SieveCompilation? {
        guard self.waiting.add(1, ordering: .relaxed).newValue <= self.waitingMax else {
            self.waiting.subtract(1, ordering: .relaxed)
            return nil
        }
        return await withCheckedContinuation { continuation in
            self.queue.async {
                let compilation = self.compiler.compile(script)
                self.waiting.subtract(1, ordering: .relaxed)
                continuation.resume(returning: compilation)
            }
        }
    }
}
