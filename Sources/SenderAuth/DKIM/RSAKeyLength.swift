/// Reads just as much of an RSA public key's DER as tells how long its modulus is. RFC 8017 §A.1.1, RFC 5280 §4.1.2.7.
///
///     SubjectPublicKeyInfo ::= SEQUENCE { AlgorithmIdentifier, BIT STRING { RSAPublicKey } }
///     RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
enum RSAKeyLength {
    /// `nil` when these octets are neither of the two.
    static func bits(of der: [UInt8]) -> Int? {
        var reader = DERReader(der[...])
        guard var outer = reader.take(0x30) else { return nil }
        if let modulus = outer.take(0x02) { return modulus.bits() }
        guard outer.take(0x30) != nil, var bitString = outer.take(0x03), bitString.skip(0) else { return nil }
        guard var key = bitString.take(0x30), let modulus = key.take(0x02) else { return nil }
        return modulus.bits()
    }
}

private struct DERReader {
    private var octets: ArraySlice<UInt8>

    init(_ octets: ArraySlice<UInt8>) {
        self.octets = octets
    }

    /// The content of the next element if it has that tag; otherwise nothing is consumed.
    mutating func take(_ tag: UInt8) -> Self? {
        guard self.octets.count >= 2, self.octets.first == tag else { return nil }
        var rest = self.octets.dropFirst()
        var length = Int(rest.removeFirst())
        if length >= 0x80 {
            let lengthOctets = length & 0x7F
            guard (1...3).contains(lengthOctets), rest.count >= lengthOctets else { return nil }
            length = rest.prefix(lengthOctets).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(lengthOctets)
        }
        guard rest.count >= length else { return nil }
        self.octets = rest.dropFirst(length)
        return Self(rest.prefix(length))
    }

    mutating func skip(_ octet: UInt8) -> Bool {
        guard self.octets.first == octet else { return false }
        self.octets = self.octets.dropFirst()
        return true
    }

    /// Of a positive integer, without its leading zeros.
    func bits() -> Int {
        let number = self.octets.drop { $0 == 0 }
        return number.first.map { number.count * 8 - $0.leadingZeroBitCount } ?? 0
    }
}
