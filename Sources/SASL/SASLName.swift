internal import MailTypes

/// Names and passwords as mechanisms carry them: bounded, UTF-8, without NUL.
enum SASLName {
    /// A login or authorization identity; `nil` when it is not UTF-8, holds a NUL or is too long.
    static func text(_ bytes: ArraySlice<UInt8>, mayBeEmpty: Bool) -> String? {
        guard mayBeEmpty || !bytes.isEmpty, bytes.count <= SASLLimits.nameOctetsMax, !bytes.contains(0) else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// A password as it came, which need not be UTF-8: hashes imported from elsewhere were made of octets.
    static func password(_ bytes: ArraySlice<UInt8>) -> Secret? {
        guard !bytes.isEmpty, bytes.count <= SASLLimits.passwordOctetsMax, !bytes.contains(0) else { return nil }
        return Secret(Array(bytes))
    }
}
