internal import CCrypt
internal import MailTypes
internal import SASL

/// A hash of crypt(3), as Unix systems keep it: sha512-crypt, sha256-crypt, bcrypt, yescrypt, scrypt or md5-crypt.
///
/// The 13-character DES form is not taken: it knows eight characters of a password and any long enough word would do.
struct CryptHash: Hashable, Sendable {
    let text: String

    /// `nil` when it is of no known form, or is not as long as a hash of its form.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x3A }),
            let form = Self.forms.first(where: { text.hasPrefix($0.prefix) }),
            let hash = text.split(separator: "$", omittingEmptySubsequences: false).last,
            hash.utf8.count == form.hashOctets, Self.isAffordable(text)
        else { return nil }
        self.text = text
    }

    private struct Form {
        let prefix: String
        /// Characters after the last dollar sign; bcrypt has its salt among them.
        let hashOctets: Int
        /// Dovecot's name, where it has one.
        let scheme: String?
    }

    private static let forms = [
        Form(prefix: "$6$", hashOctets: 86, scheme: "SHA512-CRYPT"),
        Form(prefix: "$5$", hashOctets: 43, scheme: "SHA256-CRYPT"),
        Form(prefix: "$2b$", hashOctets: 53, scheme: "BLF-CRYPT"),
        Form(prefix: "$2y$", hashOctets: 53, scheme: "BLF-CRYPT"),
        Form(prefix: "$2a$", hashOctets: 53, scheme: "BLF-CRYPT"),
        Form(prefix: "$y$", hashOctets: 43, scheme: nil),
        Form(prefix: "$gy$", hashOctets: 43, scheme: nil),
        Form(prefix: "$7$", hashOctets: 43, scheme: nil),
        Form(prefix: "$1$", hashOctets: 22, scheme: "MD5-CRYPT"),
    ]

    /// With what those that are taken begin.
    static var prefixes: [String] { Self.forms.map(\.prefix) }

    /// Whether it is what Dovecot's prefix says.
    func belongs(to scheme: String) -> Bool {
        scheme == "CRYPT" || Self.forms.contains { self.text.hasPrefix($0.prefix) && $0.scheme == scheme }
    }

    /// A wrong number in an imported hash must not hold a worker for hours.
    private static func isAffordable(_ text: String) -> Bool {
        let fields = text.split(separator: "$")
        guard fields.count >= 2 else { return false }
        if fields[0].hasPrefix("2") { return (4...18).contains(Int(fields[1]) ?? 0) }
        guard fields[1].hasPrefix("rounds=") else { return true }
        return (1_000...5_000_000).contains(Int(fields[1].dropFirst("rounds=".count)) ?? 0)
    }

    func matches(_ password: Secret) -> Bool {
        // crypt(3) reads up to the first NUL, so a longer password would pass for a shorter one.
        guard !password.bytes.contains(0), let computed = Self.compute(password, setting: self.text) else {
            return false
        }
        return ConstantTime.areEqual(computed, Array(self.text.utf8))
    }

    /// `nil` when the library refuses the setting or the password.
    private static func compute(_ password: Secret, setting: String) -> [UInt8]? {
        let size = MemoryLayout<crypt_data>.size
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        unsafe scratch.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        defer {
            unsafe scratch.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            unsafe scratch.deallocate()
        }
        let phrase = password.bytes.map { CChar(bitPattern: $0) } + [0]
        guard let hash = unsafe crypt_rn(phrase, setting, scratch, Int32(size)) else { return nil }
        return unsafe Array(String(cString: hash).utf8)
    }
}
