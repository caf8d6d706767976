/// Every bound on what one IMAP client can make us hold or do, with its reason. Each is reached by a test.
package struct IMAPLimits: Hashable, Sendable {
    /// Octets of a command without its literals. RFC 7162 §4 asks for 8,192; clients that name every UID of a
    /// scattered mailbox send tens of thousands.
    package var lineOctetsMax = 64 * 1_024
    /// Octets of one literal in any command but APPEND: names, passwords and search strings are far smaller.
    package var literalOctetsMax = 64 * 1_024
    /// Octets of one literal the client may send unasked; 4,096 where `LITERAL-` is announced. RFC 7888 §5.
    package var nonSynchronizingLiteralOctetsMax = Int.max
    /// Literals in one command; a search for a hundred strings is a program's, a thousand an attack's (lesson 9).
    package var literalsMax = 128
    /// Octets of all literals of one command, so that the count times the size is not the bound.
    package var literalsOctetsMax = 256 * 1_024
    /// Octets of one appended message; announced as APPENDLIMIT. RFC 7889.
    package var appendMessageOctetsMax = 50 * 1_024 * 1_024
    /// Messages in one APPEND: they are held until the last has come, because all or none are kept. RFC 3502.
    package var appendMessagesMax = 1_000
    /// Octets of all messages of one APPEND, for the same reason.
    package var appendOctetsMax = 256 * 1_024 * 1_024
    /// Octets of a refused command and its non-synchronising literals we read and throw away before we close instead:
    /// enough for a mail program's too large message, not enough to keep us busy for nothing. RFC 7888 §4.
    package var skippedOctetsMax = 128 * 1_024 * 1_024

    package init() {}

    /// The same for somebody who has not logged in yet, of whom only logins are wanted: names, passwords, and the
    /// tickets of 12,288 octets that RFC 4954 §4.9 knows of.
    package var beforeLogin: IMAPLimits {
        var limits = self
        limits.lineOctetsMax = min(self.lineOctetsMax, 16 * 1_024)
        limits.literalOctetsMax = min(self.literalOctetsMax, 4 * 1_024)
        limits.literalsMax = min(self.literalsMax, 8)
        limits.literalsOctetsMax = min(self.literalsOctetsMax, 8 * 1_024)
        limits.skippedOctetsMax = min(self.skippedOctetsMax, 1_024 * 1_024)
        return limits
    }

    /// Octets of a tag; real ones have four to ten.
    package static let tagOctetsMax = 128
    /// Elements in one sequence set: a whole line of four-octet elements; more is a client gone wrong.
    package static let sequenceSetElementsMax = 16_384
    /// Nesting of parentheses, NOT and OR in a search: bounds the stack (lesson 9).
    package static let searchDepthMax = 32
    /// Keys in one search: bounds the work per message.
    package static let searchKeysMax = 1_000
    /// BODY and TEXT keys of one search: each goes through all text of each message.
    package static let searchTextsMax = 64
    /// Items of one FETCH.
    package static let fetchItemsMax = 256
    /// Header field names in one section.
    package static let headerFieldsMax = 256
    /// Levels of a part number: more than MIME parts may nest here.
    package static let partDepthMax = 64
    /// Flags and keywords in one list.
    package static let flagsMax = 128
    /// Octets of a keyword's name: what the account's registry keeps.
    package static let keywordOctetsMax = 255
    /// Patterns of one LIST.
    package static let listPatternsMax = 64
    /// Octets of the patterns of one LIST and its reference, decoded: each is held against every mailbox.
    package static let listPatternsOctetsMax = 8 * 1_024
    /// Octets of a mailbox name or pattern on the wire.
    package static let mailboxOctetsMax = 4_096
    /// Entries of one GETMETADATA or SETMETADATA: half of what a mailbox may have.
    package static let metadataEntriesMax = 100
    /// Octets of an annotation's name: what the store keeps.
    package static let metadataEntryOctetsMax = 512
    /// Capabilities named in one ENABLE.
    package static let enableCountMax = 64
    /// Fields of an ID. RFC 2971 §3.3.
    package static let idFieldsMax = 30
    /// Octets of an ID field's name. RFC 2971 §3.3.
    package static let idNameOctetsMax = 30
    /// Octets of an ID field's value. RFC 2971 §3.3.
    package static let idValueOctetsMax = 1_024
}
