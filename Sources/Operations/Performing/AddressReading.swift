internal import MailTypes

/// Reads an address an administrator typed: one `@`, something before it, a domain after it.
func readAddress(_ text: String) throws -> EmailAddress {
    guard let at = text.lastIndex(of: "@") else {
        throw OperationError("'\(text)' is no address: it has no @. Give something like alice@example.org")
    }
    let localPart = String(text[..<at])
    let domain = String(text[text.index(after: at)...])
    guard !localPart.isEmpty, !domain.isEmpty, !domain.contains(where: { $0.isWhitespace || $0 == "<" || $0 == ">" })
    else { throw OperationError("'\(text)' is no address. Give something like alice@example.org") }
    return EmailAddress(localPart: localPart, domain: Domain(domain))
}

/// Reads a queue id an administrator typed.
func readQueueID(_ text: String) throws -> TimeSortedID {
    guard let id = TimeSortedID(text) else {
        throw OperationError("'\(text)' is no queue id: those have 13 letters and digits. See: martlet queue list")
    }
    return id
}

/// `2026-01-31T12:00:00Z`
func describe(_ instant: Instant) -> String {
    CivilTime(secondsSince1970: instant.secondsSince1970).timestamp + "Z"
}
