/// One kind of value: how it is read from the file, written to it, and called in messages.
struct ConfigForm<Value: Hashable & Sendable>: Sendable {
    /// Such as `duration, e.g. "5m"`.
    let name: String
    /// Says what is wrong by throwing.
    let read: @Sendable (ConfigNode) throws(ConfigMismatch) -> Value
    /// As TOML; `nil` when the value is absent.
    let write: @Sendable (Value) -> String?
}

/// Why a value cannot be taken; the place is added by the caller.
struct ConfigMismatch: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }

    static func expected(_ what: String, found node: ConfigNode) -> ConfigMismatch {
        ConfigMismatch("expected \(what), found \(node.kindName)")
    }
}

extension ConfigForm where Value == String {
    static var text: Self {
        Self(name: "text") { node throws(ConfigMismatch) in
            guard case .text(let text) = node else { throw .expected("text in quotes", found: node) }
            return text
        } write: {
            TOMLText.quote($0)
        }
    }
}

extension ConfigForm where Value == Bool {
    static var flag: Self {
        Self(name: "true or false") { node throws(ConfigMismatch) in
            guard case .flag(let flag) = node else { throw .expected("true or false", found: node) }
            return flag
        } write: {
            "\($0)"
        }
    }
}

extension ConfigForm where Value == Int {
    static var number: Self {
        Self(name: "whole number") { node throws(ConfigMismatch) in
            guard case .number(let number) = node else { throw .expected("a whole number", found: node) }
            return number
        } write: {
            TOMLText.group($0)
        }
    }

    /// Octets: a number, or text with a unit.
    static var octets: Self {
        Self(name: "size, e.g. \"50MiB\" or a number of octets") { node throws(ConfigMismatch) in
            switch node {
            case .number(let number): return number
            case .text(let text):
                if let octets = ConfigUnits.octets(text) { return octets }
                throw ConfigMismatch("“\(text)” is no size; write a number with B, K, M, G or T, such as \"50M\"")
            default: throw .expected("a size such as \"50MiB\"", found: node)
            }
        } write: {
            TOMLText.quote(ConfigUnits.text(octets: $0))
        }
    }
}

extension ConfigForm where Value == Duration {
    static var duration: Self {
        Self(name: "duration, e.g. \"90s\", \"5m\", \"2h\", \"5d\"") { node throws(ConfigMismatch) in
            guard case .text(let text) = node else {
                throw .expected("a duration with its unit, such as \"5m\"", found: node)
            }
            if let duration = ConfigUnits.duration(text) { return duration }
            throw ConfigMismatch("“\(text)” is no duration; write a number with ms, s, m, h or d, such as \"5m\"")
        } write: {
            TOMLText.quote(ConfigUnits.text(duration: $0))
        }
    }
}

extension ConfigForm {
    /// One of the words of an enumeration.
    static func choice() -> Self where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        let words = Value.allCases.map { TOMLText.quote($0.rawValue) }.joined(separator: ", ")
        return Self(name: "one of \(words)") { node throws(ConfigMismatch) in
            guard case .text(let text) = node else { throw .expected("one of \(words)", found: node) }
            if let value = Value(rawValue: text) { return value }
            let hint = DidYouMean.hint(for: text, among: Value.allCases.map(\.rawValue))
            throw ConfigMismatch("“\(text)” is not known; it is one of \(words)\(hint)")
        } write: {
            TOMLText.quote($0.rawValue)
        }
    }

    /// A value with a text form of its own.
    static func parsed(
        _ name: String,
        _ parse: @escaping @Sendable (String) -> Value?,
        text: @escaping @Sendable (Value) -> String
    ) -> Self {
        Self(name: name) { node throws(ConfigMismatch) in
            guard case .text(let written) = node else { throw .expected(name, found: node) }
            guard let value = parse(written) else { throw ConfigMismatch("“\(written)” is not \(name)") }
            return value
        } write: {
            TOMLText.quote(text($0))
        }
    }

    /// The value, or nothing when the key is left out.
    static func optional<Wrapped: Hashable & Sendable>(_ form: ConfigForm<Wrapped>) -> Self where Value == Wrapped? {
        Self(name: form.name) { node throws(ConfigMismatch) in
            try form.read(node)
        } write: {
            $0.flatMap(form.write)
        }
    }

    static func list<Element: Hashable & Sendable>(of form: ConfigForm<Element>) -> Self where Value == [Element] {
        Self(name: "list: \(form.name)") { node throws(ConfigMismatch) in
            guard case .list(let nodes) = node else { throw .expected("a list in brackets", found: node) }
            var elements: [Element] = []
            for node in nodes { elements.append(try form.read(node)) }
            return elements
        } write: {
            "[\($0.compactMap(form.write).joined(separator: ", "))]"
        }
    }
}
