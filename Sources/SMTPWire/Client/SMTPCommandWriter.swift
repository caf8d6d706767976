internal import MailTypes
internal import NIOCore

/// Writes the envelope's commands, with the parameters a server has announced and no others.
enum SMTPCommandWriter {
    /// What it takes to send a path.
    enum Spelling {
        case plain
        /// Letters beyond ASCII: a server must offer SMTPUTF8 and be told of it. RFC 6531 §3.2.
        case international
        /// It does not fit on a line, or holds a control character, which could end it. RFC 5321 §4.1.2.
        case unwritable
    }

    static func spelling(of path: ReversePath) -> Spelling { Self.spelling(path.description) }

    static func spelling(of path: ForwardPath) -> Spelling { Self.spelling(path.description) }

    private static func spelling(_ text: String) -> Spelling {
        guard text.utf8.count <= 1_000 else { return .unwritable }
        var spelling = Spelling.plain
        for byte in text.utf8 {
            guard byte >= 0x20, byte != 0x7F else { return .unwritable }
            if byte >= 0x80 { spelling = .international }
        }
        return spelling
    }

    /// Whether received xtext may be passed on as it is.
    static func isParameterValue(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != 0x3D }
    }
}

extension ByteBuffer {
    /// `MAIL FROM:<…>` with SIZE, BODY, SMTPUTF8, RET, ENVID and BY as offered.
    ///
    /// - Parameter isInternational: an address has letters beyond ASCII, whatever the message's client declared.
    mutating func writeMailCommand(
        _ transaction: SMTPTransaction,
        _ offered: SMTPExtensions,
        isInternational: Bool
    ) {
        let sender = transaction.sender
        self.writeStaticString("MAIL FROM:<")
        self.writeString(sender.reversePath.description)
        self.writeStaticString(">")
        if offered.contains(.size) {
            self.writeStaticString(" SIZE=")
            self.writeDecimal(max(0, transaction.octets))
        }
        if sender.isEightBit && offered.contains(.eightBitMIME) { self.writeStaticString(" BODY=8BITMIME") }
        if (sender.isInternationalized || isInternational) && offered.contains(.internationalized) {
            self.writeStaticString(" SMTPUTF8")
        }
        if offered.contains(.dsn) {
            switch sender.dsnReturn {
            case .full: self.writeStaticString(" RET=FULL")
            case .headers: self.writeStaticString(" RET=HDRS")
            case nil: break
            }
            if let envelopeID = sender.envelopeID, SMTPCommandWriter.isParameterValue(envelopeID) {
                self.writeStaticString(" ENVID=")
                self.writeString(envelopeID)
            }
        }
        if offered.contains(.deliverBy), let deliverBy = transaction.deliverBy { self.writeDeliverBy(deliverBy) }
        self.writeStaticString("\r\n")
    }

    private mutating func writeDeliverBy(_ request: DeliverByRequest) {
        self.writeStaticString(" BY=")
        self.writeString(String(request.seconds))
        self.writeStaticString(request.mode == .giveBack ? ";R" : ";N")
        if request.isTraced { self.writeStaticString("T") }
    }

    /// `RCPT TO:<…>` with NOTIFY and ORCPT as offered.
    mutating func writeRcptCommand(_ transaction: SMTPTransaction, _ index: Int, _ offered: SMTPExtensions) {
        let recipient = transaction.recipients[index]
        self.writeStaticString("RCPT TO:<")
        self.writeString(recipient.path.description)
        self.writeStaticString(">")
        if offered.contains(.dsn) {
            if let notify = recipient.notify, !notify.isEmpty {
                self.writeStaticString(" NOTIFY=")
                self.writeString(Self.notifyText(notify))
            }
            if let original = recipient.originalRecipient, SMTPCommandWriter.isParameterValue(original) {
                self.writeStaticString(" ORCPT=")
                self.writeString(original)
            }
        }
        self.writeStaticString("\r\n")
    }

    private static func notifyText(_ notify: DSNNotify) -> String {
        if notify.contains(.never) { return "NEVER" }
        var words: [String] = []
        if notify.contains(.success) { words.append("SUCCESS") }
        if notify.contains(.failure) { words.append("FAILURE") }
        if notify.contains(.delay) { words.append("DELAY") }
        return words.joined(separator: ",")
    }
}
