/// Bytes by their names and classes in ASCII.
@usableFromInline
package enum ASCII {
    @inlinable package static var tab: UInt8 { 0x09 }
    @inlinable package static var lineFeed: UInt8 { 0x0A }
    @inlinable package static var carriageReturn: UInt8 { 0x0D }
    @inlinable package static var space: UInt8 { 0x20 }
    @inlinable package static var quote: UInt8 { 0x22 }
    @inlinable package static var dot: UInt8 { 0x2E }
    @inlinable package static var backslash: UInt8 { 0x5C }

    @inlinable package static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    @inlinable package static func isUppercase(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5A }
    @inlinable package static func isLowercase(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7A }
    @inlinable package static func isLetter(_ byte: UInt8) -> Bool { Self.isLowercase(byte | 0x20) && byte < 0x80 }
    @inlinable package static func isAlphanumeric(_ byte: UInt8) -> Bool { Self.isDigit(byte) || Self.isLetter(byte) }
    /// Space or tab.
    @inlinable package static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    /// 0x00 to 0x1F and 0x7F.
    @inlinable package static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }
    @inlinable package static func lowercased(_ byte: UInt8) -> UInt8 { Self.isUppercase(byte) ? byte | 0x20 : byte }
    @inlinable package static func uppercased(_ byte: UInt8) -> UInt8 { Self.isLowercase(byte) ? byte & 0xDF : byte }
}
