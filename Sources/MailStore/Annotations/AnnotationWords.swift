/// What an annotation is called: `/private/…` is its owner's alone, `/shared/…` everybody's who sees the mailbox.
/// Names are the same in any case and are kept in lower case. RFC 5464 §3.2.
package struct AnnotationName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// `nil` when the text cannot be a name: outside `/private/` and `/shared/`, with `*`, `%`, `//` or a `/` at its
    /// end, with anything but printable ASCII, or longer than ``AnnotationLimits/nameOctetsMax``.
    package init?(_ text: some StringProtocol) {
        let text = text.lowercased()
        guard text.utf8.count <= AnnotationLimits.nameOctetsMax, text.utf8.last != UInt8(ascii: "/"),
            text.hasPrefix("/private/") || text.hasPrefix("/shared/"), !text.contains("//"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "%") })
        else { return nil }
        self.text = text
    }

    init(trusted text: String) {
        self.text = text
    }

    package var description: String { self.text }

    package var isShared: Bool { self.text.hasPrefix("/shared/") }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    /// Of the server: how whoever runs it can be reached. RFC 5464 §6.2.2.
    package static let administrator = AnnotationName(trusted: "/shared/admin")

    /// Of a mailbox: what it is for, as LIST shows it. RFC 6154 §4.
    package static let specialUse = AnnotationName(trusted: "/private/specialuse")

    /// The script that runs when something happens in a mailbox. RFC 6785 §2.3.
    package static let eventScript = AnnotationName(trusted: "/shared/imapsieve/script")
}

/// A text, or any octets, that somebody has attached to a mailbox or to the account. RFC 5464 §3.
package struct Annotation: Sendable, Hashable {
    package var name: AnnotationName
    package var value: [UInt8]

    package init(name: AnnotationName, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// How far below a name annotations are wanted. RFC 5464 §4.2.2.
package enum AnnotationDepth: Sendable, Hashable {
    /// The one of that name.
    case itself
    /// And those one level below it.
    case children
    /// And all below it.
    case all
}

/// A request about annotations that was understood and is declined: nothing of it was done.
package enum AnnotationError: Error, Sendable, Hashable {
    /// A value is longer than ``AnnotationLimits/valueOctetsMax``.
    case valueTooLarge
    /// More than ``AnnotationLimits`` lets a mailbox or an account have.
    case tooMany
    /// ``AnnotationName/specialUse`` can only be one of ``SpecialUse``.
    case noSuchUse
}

/// Bounds of annotations: they are notes beside the mail and count towards no quota, so they have to stay small.
package enum AnnotationLimits {
    /// Octets of a name; the longest known ones have some 60.
    package static let nameOctetsMax = 512
    /// Octets of a value: a settings file of a program's, no message. RFC 5464 §4.3 asks for 1,024 at least.
    package static let valueOctetsMax = 32 * 1_024
    /// Annotations of one mailbox, or of the account itself.
    package static let entriesMax = 200
    /// Octets of all names and values of an account: all of them are one answer in memory.
    package static let accountOctetsMax = 1_024 * 1_024
}
