internal import Dispatch
internal import Glibc

/// What the outside asks of the worker: by signals, and by the end of its supervisor.
package final class ProcessSignals {
    enum Request: Sendable {
        case stop
        case reload
        case reopenLogs
        case upgrade
    }

    let requests: AsyncStream<Request>
    private let sources: [any DispatchSourceProtocol]

    /// - Parameter lifeline: reads end-of-file when the supervisor is gone; `nil` without a supervisor.
    package init(lifeline: Int32?) {
        let (requests, continuation) = AsyncStream.makeStream(of: Request.self, bufferingPolicy: .bufferingNewest(16))
        self.requests = requests
        let queue = DispatchQueue(label: "martlet.signals")
        var sources: [any DispatchSourceProtocol] = []
        let meanings: [(Int32, Request)] = [
            (SIGTERM, .stop), (SIGINT, .stop), (SIGHUP, .reload), (SIGUSR1, .reopenLogs),
            (SIGUSR2, .upgrade),
        ]
        for (number, request) in meanings {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { continuation.yield(request) }
            source.resume()
            sources.append(source)
        }
        signal(SIGPIPE, SIG_IGN)
        if let lifeline {
            let source = DispatchSource.makeReadSource(fileDescriptor: lifeline, queue: queue)
            source.setEventHandler {
                continuation.yield(.stop)
                source.cancel()
            }
            source.resume()
            sources.append(source)
        }
        self.sources = sources
    }

    /// Listens no more; signals are then ignored.
    func cancel() {
        for source in self.sources { source.cancel() }
    }
}
