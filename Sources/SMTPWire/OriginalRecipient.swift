package import MailTypes

/// A recipient's address as its sender wrote it, in the form of the ORCPT parameter. RFC 3461 §4.2.
package enum OriginalRecipient {
    /// What this host adds where an alias puts another address in the place of the one the client named. It is that one
    /// and no other (RFC 3461 §5.2.1). `nil` when it would be longer than a host must take.
    ///
    /// An address beyond ASCII is of the type `utf-8`, its letters as `\x{…}`. RFC 6533 §3.
    package static func parameter(for path: ForwardPath) -> String? {
        let address = path.description
        let isASCII = address.utf8.allSatisfy { $0 < 0x80 }
        let parameter = isASCII ? "rfc822;\(XText.encode(address))" : "utf-8;\(self.embedded(address))"
        return parameter.utf8.count <= SMTPLimits().originalRecipientOctetsMax ? parameter : nil
    }

    ///     utf-8-addr-xtext = 1*(QUCHAR / EmbeddedUnicodeChar)
    ///     QUCHAR = %x21-2a / %x2c-3c / %x3e-5b / %x5d-7e
    private static func embedded(_ address: String) -> String {
        address.unicodeScalars.map { scalar in
            let stands = (0x21...0x7E).contains(scalar.value) && scalar != "+" && scalar != "=" && scalar != "\\"
            return stands ? String(scalar) : "\\x{\(String(scalar.value, radix: 16, uppercase: true))}"
        }.joined()
    }
}
