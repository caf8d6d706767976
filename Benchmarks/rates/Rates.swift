internal import Glibc

/// What the two languages do in a second of one core, without a server around them. It is no part of the product.
///
///     rates sieve SCRIPT MESSAGE RUNS          the script, compiled once, on the message, read anew each time
///     rates dkim NAME RECORD MESSAGE RUNS      the message's signatures, with a key that the DNS has answered for
///     rates sender SERVER MESSAGE RUNS         the whole check of a message's sender, its answers known
///
/// It prints one line of JSON: {"runs":…,"cpu":…,"seconds":…,"result":…}.
@main
struct Rates {
    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        switch (words.first, words.count) {
        case ("sieve", 4): try self.measure(SieveWork(script: words[1], message: words[2]), words[3])
        case ("dkim", 5): try self.measure(DKIMWork(name: words[1], record: words[2], message: words[3]), words[4])
        case ("sender", 4): try self.measure(SenderWork(server: words[1], message: words[2]), words[3])
        default: throw RatesFailure("usage: rates sieve|dkim|sender … RUNS")
        }
    }

    private static func measure(_ work: some RepeatedWork, _ count: String) throws {
        guard let runs = Int(count), runs > 0 else { throw RatesFailure("'\(count)' is no number of runs") }
        for _ in 0..<max(1, runs / 20) { _ = work.run() }
        let (cpu, wall) = (self.seconds(CLOCK_PROCESS_CPUTIME_ID), self.seconds(CLOCK_MONOTONIC))
        var result = ""
        for _ in 0..<runs { result = work.run() }
        let (usedCPU, usedWall) = (
            self.seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, self.seconds(CLOCK_MONOTONIC) - wall
        )
        print("{\"runs\":\(runs),\"cpu\":\(usedCPU),\"seconds\":\(usedWall),\"result\":\"\(result)\"}")
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// What is done again and again.
protocol RepeatedWork {
    /// - Returns: what it came to, so that the reader sees that the right thing was measured.
    func run() -> String
}

struct RatesFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// The octets of a file.
    static func contents(of path: String) throws -> [UInt8] {
        guard let file = unsafe fopen(path, "rb") else { throw RatesFailure("cannot read \(path)") }
        defer { unsafe fclose(file) }
        var (octets, piece) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while case let count = unsafe fread(&piece, 1, piece.count, file), count > 0 {
            octets += piece[..<count]
        }
        return octets
    }
}
