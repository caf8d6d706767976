/// What can be told of a test at a glance, without evaluating it: of most rules, most of the time, that they do not
/// apply. See ``BlockScreen``.
///
/// An outline never says more than the test: where it is sure, the test comes to the same and does nothing else.
indirect enum TestOutline {
    case constant(Bool)
    /// A value of a field of one of these names must have all pairs of one of the keys.
    case texts(names: [HeaderKey], keys: [OctetPairs])
    /// The same of the addresses in the fields.
    case addresses(names: [HeaderKey], keys: [OctetPairs])
    /// Fields of all these names must be there.
    case fields([HeaderKey])
    /// The message must have more octets than that, or fewer.
    case size(UInt64, isOver: Bool)
    case not(TestOutline)
    /// The first that holds decides, or that nothing is known of.
    case any([TestOutline])
    case all([TestOutline])
    /// It has to be evaluated.
    case unknown
}

extension CheckedTest {
    var outline: TestOutline { .unknown }
}

extension IfCommand {
    /// Of its having nothing to do; `nil` where it always does something.
    var outline: TestOutline? {
        self.otherwise == nil ? .any(self.branches.map(\.test.outline)) : nil
    }
}

extension FieldSelection {
    /// The names, where they are known and only the message's own header is looked at.
    var outlinedNames: [HeaderKey]? {
        guard case .message = self.parts else { return nil }
        return self.names.ready
    }
}

extension SieveKeys {
    /// The pairs that a value must have to match, for each key; `nil` where that cannot be said.
    func outline(for rule: MatchRule) -> [OctetPairs]? {
        guard [.is, .contains, .matches].contains(rule.kind), [.asciiCasemap, .octet].contains(rule.comparator),
            let ready = self.ready
        else { return nil }
        return ready.map { key in
            var pairs = OctetPairs()
            switch key {
            case .bytes(let bytes): pairs.insert(bytes.span)
            case .glob(let pattern): pairs.insert(pattern)
            case .regex: break
            }
            return pairs
        }
    }
}
