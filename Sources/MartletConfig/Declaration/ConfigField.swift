/// One setting of a section: its key, what it may be, and what it is for. Its default stands at the property itself.
struct ConfigField<Section: Sendable>: Sendable {
    let key: String
    let formName: String
    /// The bounds as text; `nil` when any value of the form will do.
    let range: String?
    let help: String
    /// A change takes effect only when the server is started anew.
    let needsRestart: Bool
    let read: @Sendable (ConfigNode, inout Section) throws(ConfigMismatch) -> Void
    /// As TOML; `nil` when there is no value.
    let write: @Sendable (Section) -> String?
    /// What is wrong with a value that did not come from a file.
    let check: @Sendable (Section) -> String?

    init<Value: Hashable & Sendable>(
        _ key: String,
        _ path: any WritableKeyPath<Section, Value> & Sendable,
        _ form: ConfigForm<Value>,
        bounds: ConfigBounds<Value>? = nil,
        needsRestart: Bool = false,
        help: String
    ) {
        self.key = key
        self.formName = form.name
        self.range = bounds?.text
        self.help = help
        self.needsRestart = needsRestart
        self.read = { node, section throws(ConfigMismatch) in
            let value = try form.read(node)
            if let problem = bounds?.problem(value) { throw ConfigMismatch(problem) }
            section[keyPath: path] = value
        }
        self.write = { form.write($0[keyPath: path]) }
        self.check = { bounds?.problem($0[keyPath: path]) }
    }
}

/// What a value must keep to besides being of its form.
struct ConfigBounds<Value: Hashable & Sendable>: Sendable {
    let text: String
    /// `nil` when all is well.
    let problem: @Sendable (Value) -> String?

    private init(text: String, problem: @escaping @Sendable (Value) -> String?) {
        self.text = text
        self.problem = problem
    }

    /// Any value for which `isValid` holds; `text` says which these are.
    static func matching(_ text: String, _ isValid: @escaping @Sendable (Value) -> Bool) -> Self {
        Self(text: text) { isValid($0) ? nil : "must be \(text)" }
    }
}

extension ConfigBounds where Value == Int {
    static func number(_ range: ClosedRange<Int>) -> Self {
        .matching("\(TOMLText.group(range.lowerBound)) to \(TOMLText.group(range.upperBound))") { range.contains($0) }
    }

    static func octets(_ range: ClosedRange<Int>) -> Self {
        let text = "\(ConfigUnits.text(octets: range.lowerBound)) to \(ConfigUnits.text(octets: range.upperBound))"
        return .matching(text) { range.contains($0) }
    }
}

extension ConfigBounds where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        let low = ConfigUnits.text(duration: range.lowerBound)
        return .matching("\(low) to \(ConfigUnits.text(duration: range.upperBound))") { range.contains($0) }
    }
}

extension ConfigBounds where Value == String {
    static var notEmpty: Self { .matching("not empty") { !$0.isEmpty } }
}
