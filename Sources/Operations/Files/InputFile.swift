internal import Glibc
internal import MailBytes
internal import MailTypes

/// Files that a command was told to read: each whole, and only up to a bound.
package enum InputFile {
    /// Octets of a message that a command looks at; larger than any server takes.
    package static let messageOctetsMax = 256 << 20

    /// - Parameters:
    ///   - path: `-` means standard input.
    ///   - max: octets beyond which the file is refused.
    package static func octets(_ path: String, max: Int) throws(OperationError) -> [UInt8] {
        guard path != "-" else { return try Self.octets(of: STDIN_FILENO, "standard input", max: max) }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
        defer { close(descriptor) }
        return try Self.octets(of: descriptor, path, max: max)
    }

    /// A message as SMTP would carry it: a bare LF is read as CRLF, and a first line `From …`, which separates
    /// messages in a mailbox file and belongs to none of them, is left out.
    package static func message(_ path: String) throws(OperationError) -> [UInt8] {
        let octets = try Self.octets(path, max: Self.messageOctetsMax)
        var rest = octets[...]
        if rest.starts(with: Array("From ".utf8)) {
            rest = rest.drop { $0 != ASCII.lineFeed }.dropFirst()
        }
        var message: [UInt8] = []
        message.reserveCapacity(rest.count + rest.count / 32)
        for octet in rest {
            if octet == ASCII.lineFeed, message.last != ASCII.carriageReturn { message.append(ASCII.carriageReturn) }
            message.append(octet)
        }
        return message
    }

    private static func octets(of descriptor: Int32, _ name: String, max: Int) throws(OperationError) -> [UInt8] {
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(name) }
            guard count > 0 else { return octets }
            octets += piece.prefix(count)
            guard octets.count <= max else {
                throw OperationError("\(name) has more than \(max) octets, which is too much for this command")
            }
        }
    }

    private static func failure(_ name: String) -> OperationError {
        OperationError("\(name) cannot be read: \(SystemFailure.last)")
    }
}
