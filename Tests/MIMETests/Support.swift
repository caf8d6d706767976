import MIME
import MailTypes
import NIOCore

/// Bytes of text whose line ends are LF in the source and CRLF in the message; `\u{80}`… stand for single octets.
func message(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
        if scalar == "\n", bytes.last != 0x0D { bytes.append(0x0D) }
        if scalar.value < 0x100 {
            bytes.append(UInt8(scalar.value))
        } else {
            bytes.append(contentsOf: String(scalar).utf8)
        }
    }
    return bytes
}

/// Octets as text, one scalar an octet.
func latin(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    return text
}

func latin(_ buffer: ByteBuffer) -> String {
    latin(buffer.readableBytesView)
}

func envelope(_ text: String) -> String {
    var buffer = ByteBuffer()
    let bytes = message(text)
    IMAPEnvelope.write(of: bytes.span, into: &buffer)
    return latin(buffer)
}

func bodyStructure(_ text: String, extended: Bool = true) -> String {
    var buffer = ByteBuffer()
    let bytes = message(text)
    IMAPBodyStructure.write(of: bytes.span, extended: extended, into: &buffer)
    return latin(buffer)
}

func slice(_ bytes: [UInt8], _ range: Range<Int>?) -> String? {
    range.map { latin(bytes[$0]) }
}

/// A seeded generator, so that a failing run can be had again. SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
