internal import MailBytes
package import NIOCore

extension IMAPRequest {
    /// Reads a whole command as the framer handed it over.
    ///
    ///     command = tag SP (command-any / command-auth / command-nonauth / command-select)
    ///
    /// RFC 9051 §9.
    ///
    /// - Throws: a refusal that carries the tag when it could be read; never any of the command's text.
    package static func parse(_ frame: ByteBuffer) throws(IMAPRefusal) -> Self {
        var cursor = WireCursor(frame)
        var tag: String?
        do {
            let read = try cursor.takeTag()
            tag = read
            try cursor.expectSpace()
            guard let command = try cursor.takeCommand() else {
                throw IMAPRefusal(tag: tag, reason: .unknownCommand)
            }
            try cursor.expectEnd()
            return Self(tag: read, command: command)
        } catch let refusal as IMAPRefusal {
            throw refusal
        } catch let error as WireSyntaxError {
            throw IMAPRefusal(tag: tag, reason: .syntax(error))
        } catch {
            preconditionFailure("parsing throws refusals and syntax errors only")
        }
    }
}

extension WireCursor {
    /// The command's name and its arguments; `nil` when the name is none we know.
    mutating func takeCommand() throws(WireSyntaxError) -> IMAPCommand? {
        let name = try self.takeName(.command)
        if let command = Self.plainCommand(name) { return command }
        switch name {
        case "UID": return try self.takeUIDCommand()
        // A whole APPEND never comes this way: the framer streams it. This one has no message.
        case "APPEND": throw self.syntaxError(.literal)
        case "SEARCH": return .search(try self.takeSearch(.sequence))
        case "LOGIN", "AUTHENTICATE", "ENABLE", "ID": return try self.takeAccessCommand(name)
        case "FETCH", "STORE", "COPY", "MOVE": return try self.takeMessageCommand(name, .sequence)
        default: return try self.takeMailboxCommand(name)
        }
    }

    /// Commands without arguments.
    private static func plainCommand(_ name: String) -> IMAPCommand? {
        switch name {
        case "CAPABILITY": .capability
        case "NOOP": .noop
        case "LOGOUT": .logout
        case "STARTTLS": .startTLS
        case "NAMESPACE": .namespace
        case "IDLE": .idle
        case "CHECK": .check
        case "CLOSE": .close
        case "UNSELECT": .unselect
        case "EXPUNGE": .expunge
        default: nil
        }
    }

    private mutating func takeAccessCommand(_ name: String) throws(WireSyntaxError) -> IMAPCommand {
        try self.expectSpace()
        switch name {
        case "LOGIN": return try self.takeLogin()
        case "AUTHENTICATE": return .authenticate(try self.takeAuthenticate())
        case "ENABLE": return .enable(try self.takeEnable())
        default: return .id(try self.takeID())
        }
    }

    private mutating func takeMailboxCommand(_ name: String) throws(WireSyntaxError) -> IMAPCommand? {
        guard Self.mailboxCommands.contains(name) else { return nil }
        try self.expectSpace()
        switch name {
        case "SELECT": return .select(try self.takeSelect())
        case "EXAMINE": return .examine(try self.takeSelect())
        case "CREATE": return .create(try self.takeCreate())
        case "DELETE": return .delete(try self.takeMailbox())
        case "SUBSCRIBE": return .subscribe(try self.takeMailbox())
        case "UNSUBSCRIBE": return .unsubscribe(try self.takeMailbox())
        case "LIST": return .list(try self.takeList())
        case "GETMETADATA": return .getMetadata(try self.takeGetMetadata())
        case "SETMETADATA": return .setMetadata(try self.takeSetMetadata())
        case "RENAME":
            let from = try self.takeMailbox()
            try self.expectSpace()
            return .rename(from: from, to: try self.takeMailbox())
        case "LSUB":
            let reference = try self.takeReference()
            try self.expectSpace()
            return .lsub(reference: reference, pattern: try self.takeMailboxPattern())
        default:
            let mailbox = try self.takeMailbox()
            try self.expectSpace()
            return .status(mailbox, try self.takeStatusItems())
        }
    }

    private static let mailboxCommands: Set<String> = [
        "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST", "LSUB", "STATUS",
        "GETMETADATA", "SETMETADATA",
    ]

    private mutating func takeMessageCommand(
        _ name: String,
        _ numbering: Numbering
    ) throws(WireSyntaxError) -> IMAPCommand {
        try self.expectSpace()
        switch name {
        case "FETCH": return .fetch(try self.takeFetch(numbering))
        case "STORE": return .store(try self.takeStore(numbering))
        default:
            let messages = try self.takeMessageSet()
            try self.expectSpace()
            let request = CopyRequest(numbering: numbering, messages: messages, mailbox: try self.takeMailbox())
            return name == "COPY" ? .copy(request) : .move(request)
        }
    }

    ///     uid = "UID" SP (copy / move / fetch / search / store / uid-expunge)
    private mutating func takeUIDCommand() throws(WireSyntaxError) -> IMAPCommand? {
        try self.expectSpace()
        let name = try self.takeName(.command)
        switch name {
        case "SEARCH": return .search(try self.takeSearch(.uid))
        case "FETCH", "STORE", "COPY", "MOVE": return try self.takeMessageCommand(name, .uid)
        case "EXPUNGE":
            try self.expectSpace()
            return .uidExpunge(try self.takeMessageSet())
        default: return nil
        }
    }
}
