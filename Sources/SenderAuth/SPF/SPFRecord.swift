internal import MailTypes

/// A domain's SPF policy, read whole: one error anywhere makes it worthless. RFC 7208 §4.6, §12.
///
///     record       = version terms *SP
///     version      = "v=spf1"
///     terms        = *( 1*SP ( directive / modifier ) )
struct SPFRecord: Sendable {
    /// As it was published.
    var octets: [UInt8]
    var directives: [SPFDirective] = []
    /// Whose policy counts when no directive matches.
    var redirect: SPFMacroString?
    /// Where the text is that tells a refused sender why.
    var explanation: SPFMacroString?
}

/// What a match means.
package enum SPFQualifier: UInt8, Hashable, Sendable {
    case pass = 0x2B
    case fail = 0x2D
    case softfail = 0x7E
    case neutral = 0x3F

    package var verdict: AuthVerdict {
        switch self {
        case .pass: .pass
        case .fail: .fail
        case .softfail: .softfail
        case .neutral: .neutral
        }
    }
}

/// A mechanism with its qualifier.
struct SPFDirective: Sendable {
    var qualifier: SPFQualifier
    var mechanism: SPFMechanism
    /// Where the record has it.
    var range: Range<Int>
}

extension SPFRecord {
    /// A directive as it was published, for the reason.
    func text(_ directive: SPFDirective) -> String {
        String(decoding: self.octets[directive.range], as: UTF8.self)
    }
}

/// How a client is recognised. RFC 7208 §5.
enum SPFMechanism: Sendable {
    case all
    case include(SPFMacroString)
    case a(SPFMacroString?, SPFPrefixLengths)
    case mx(SPFMacroString?, SPFPrefixLengths)
    case ptr(SPFMacroString?)
    case network(IPAddress, prefixLength: Int)
    case exists(SPFMacroString)

    /// The terms whose number is limited. RFC 7208 §4.6.4.
    var causesLookups: Bool {
        switch self {
        case .include, .a, .mx, .ptr, .exists: true
        case .all, .network: false
        }
    }

    var domain: SPFMacroString? {
        switch self {
        case .include(let domain), .exists(let domain): domain
        case .a(let domain, _), .mx(let domain, _), .ptr(let domain): domain
        case .all, .network: nil
        }
    }
}

/// How many leading bits of an address must be the same.
struct SPFPrefixLengths: Hashable, Sendable {
    var v4 = 32
    var v6 = 128

    func match(_ address: IPAddress, _ network: IPAddress) -> Bool {
        address.isIn(network, prefixLength: address.isIPv4 ? self.v4 : self.v6)
    }
}
