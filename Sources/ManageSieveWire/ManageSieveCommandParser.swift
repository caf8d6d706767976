internal import MailBytes
package import NIOCore

/// Reads a framed command, or says what is wrong with it. RFC 5804 §4.
///
///     command = keyword *(SP argument) ; keywords in any case
package enum ManageSieveCommandParser {
    /// - Parameter command: a whole command, its literals inside, without its line end.
    package static func parse(_ command: ByteBuffer) throws(ManageSieveSyntaxError) -> ManageSieveCommand {
        var cursor = ManageSieveCursor(command)
        guard let word = cursor.takeKeyword(octetsMax: Verb.octetsMax), let verb = Verb(rawValue: word) else {
            throw ManageSieveSyntaxError(.unknownCommand, at: 0)
        }
        let parsed = try Self.parse(verb, &cursor)
        try cursor.expectEnd()
        return parsed
    }

    /// What a client answers to a challenge: still in base64, or `*`. RFC 5804 §2.1.
    ///
    /// - Parameter line: a whole line, a literal inside, without its line end.
    package static func parseSASLResponse(_ line: ByteBuffer) throws(ManageSieveSyntaxError) -> ByteBuffer {
        var cursor = ManageSieveCursor(line)
        let response = try cursor.takeString()
        try cursor.expectEnd()
        return response
    }

    /// Whether the answer to a command decides how the next bytes are read: AUTHENTICATE and STARTTLS.
    static func stopsFramer(_ command: ByteBuffer) -> Bool {
        var cursor = ManageSieveCursor(command)
        guard let word = cursor.takeKeyword(octetsMax: Verb.octetsMax), let verb = Verb(rawValue: word) else {
            return false
        }
        return verb == .authenticate || verb == .startTLS
    }

    private enum Verb: String {
        case authenticate = "AUTHENTICATE"
        case startTLS = "STARTTLS"
        case logout = "LOGOUT"
        case capability = "CAPABILITY"
        case haveSpace = "HAVESPACE"
        case putScript = "PUTSCRIPT"
        case listScripts = "LISTSCRIPTS"
        case setActive = "SETACTIVE"
        case getScript = "GETSCRIPT"
        case deleteScript = "DELETESCRIPT"
        case renameScript = "RENAMESCRIPT"
        case checkScript = "CHECKSCRIPT"
        case noop = "NOOP"
        case unauthenticate = "UNAUTHENTICATE"

        /// Of the longest.
        static let octetsMax = 14
    }

    private static func parse(
        _ verb: Verb,
        _ cursor: inout ManageSieveCursor
    ) throws(ManageSieveSyntaxError) -> ManageSieveCommand {
        switch verb {
        case .startTLS: return .startTLS
        case .logout: return .logout
        case .capability: return .capability
        case .listScripts: return .listScripts
        case .unauthenticate: return .unauthenticate
        case .noop: return .noop(tag: cursor.skipSpace() ? try cursor.takeString() : nil)
        case .authenticate: return try Self.authenticate(&cursor)
        case .getScript: return .getScript(try Self.scriptName(&cursor))
        case .deleteScript: return .deleteScript(try Self.scriptName(&cursor))
        case .setActive: return try Self.setActive(&cursor)
        case .renameScript: return .renameScript(try Self.scriptName(&cursor), to: try Self.scriptName(&cursor))
        case .haveSpace:
            let name = try Self.scriptName(&cursor)
            try cursor.expectSpace()
            return .haveSpace(name, octets: try cursor.takeNumber())
        case .putScript:
            let name = try Self.scriptName(&cursor)
            try cursor.expectSpace()
            return .putScript(name, try cursor.takeString())
        case .checkScript:
            try cursor.expectSpace()
            return .checkScript(try cursor.takeString())
        }
    }

    /// `SP sieve-name`
    private static func scriptName(
        _ cursor: inout ManageSieveCursor
    ) throws(ManageSieveSyntaxError) -> ManageSieveScriptName {
        try cursor.expectSpace()
        let error = cursor.error(.scriptName)
        guard let name = ManageSieveScriptName(try cursor.takeString()) else { throw error }
        return name
    }

    /// `"SETACTIVE" SP active-sieve-name`, which may be empty
    private static func setActive(
        _ cursor: inout ManageSieveCursor
    ) throws(ManageSieveSyntaxError) -> ManageSieveCommand {
        try cursor.expectSpace()
        let error = cursor.error(.scriptName)
        let octets = try cursor.takeString()
        if octets.readableBytes == 0 { return .setActive(nil) }
        guard let name = ManageSieveScriptName(octets) else { throw error }
        return .setActive(name)
    }

    /// `"AUTHENTICATE" SP auth-type [SP string]`
    private static func authenticate(
        _ cursor: inout ManageSieveCursor
    ) throws(ManageSieveSyntaxError) -> ManageSieveCommand {
        try cursor.expectSpace()
        let error = cursor.error(.mechanism)
        let name = try cursor.takeString()
        guard (1...20).contains(name.readableBytes) else { throw error }
        var mechanism = ""
        for byte in name.readableBytesView {
            guard ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else {
                throw error
            }
            mechanism.unicodeScalars.append(Unicode.Scalar(ASCII.uppercased(byte)))
        }
        return .authenticate(
            mechanism: mechanism,
            initialResponse: cursor.skipSpace() ? try cursor.takeString() : nil
        )
    }
}
