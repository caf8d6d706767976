package import NIOCore

/// Status responses: how commands end, what the server says of itself, and `+`. RFC 9051 §7.1, §7.6.
extension ByteBuffer {
    /// `A1 OK [READ-WRITE] Selected`
    package mutating func writeTagged(
        _ tag: String,
        _ status: ResponseStatus,
        code: ResponseCode? = nil,
        _ text: StaticString
    ) {
        self.writeString(tag)
        self.writeStatusLine(status, code, text)
    }

    /// `* OK [UIDNEXT 4392] Predicted next UID`
    package mutating func writeUntagged(
        _ status: ResponseStatus,
        code: ResponseCode? = nil,
        _ text: StaticString
    ) {
        self.writeInteger(UInt8(ascii: "*"))
        self.writeStatusLine(status, code, text)
    }

    /// `+ OK`: the client may go on.
    package mutating func writeContinuation(_ text: StaticString = "OK") {
        self.writeStaticString("+ ")
        self.writeStaticString(text)
        self.writeStaticString("\r\n")
    }

    /// `+ ` and a SASL challenge, which is in base64 already; an empty one leaves the space. RFC 9051 §9.
    package mutating func writeContinuation(base64 challenge: some Sequence<UInt8>) {
        self.writeStaticString("+ ")
        self.writeBytes(challenge)
        self.writeStaticString("\r\n")
    }

    private mutating func writeStatusLine(_ status: ResponseStatus, _ code: ResponseCode?, _ text: StaticString) {
        self.writeStatus(status)
        if let code {
            self.writeInteger(UInt8(ascii: "["))
            self.writeResponseCode(code)
            self.writeStaticString("] ")
        }
        self.writeStaticString(text)
        self.writeStaticString("\r\n")
    }

    private mutating func writeStatus(_ status: ResponseStatus) {
        switch status {
        case .ok: self.writeStaticString(" OK ")
        case .no: self.writeStaticString(" NO ")
        case .bad: self.writeStaticString(" BAD ")
        case .preauth: self.writeStaticString(" PREAUTH ")
        case .bye: self.writeStaticString(" BYE ")
        }
    }
}
