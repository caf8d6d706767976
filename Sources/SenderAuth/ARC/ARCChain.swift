internal import MailBytes

/// Why a chain of ARC sets is broken. Fit for a header field.
package enum ARCProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// More sets than the standard allows.
    case tooManySets
    /// A set's number is missing or no number.
    case unnumbered
    /// A set lacks one of its three fields, or has one twice, or a number is left out.
    case incomplete(instance: Int)
    /// What a seal says of the chain before it does not fit its place.
    case claimedStatus(instance: Int)
    /// The last sealer already found the chain broken.
    case brokenBefore(instance: Int)
    case messageSignature(instance: Int, SignatureProblem)
    case seal(instance: Int, SignatureProblem)

    package var verdict: AuthVerdict {
        switch self {
        case .messageSignature(_, .keyUnreachable), .seal(_, .keyUnreachable): .temperror
        default: .fail
        }
    }

    package var description: String {
        switch self {
        case .tooManySets: "more than \(SenderAuthLimits.arcSetsMax) sets"
        case .unnumbered: "a set without a number"
        case .incomplete(let instance): "set \(instance) is not whole"
        case .claimedStatus(let instance): "cv= of seal \(instance) does not fit"
        case .brokenBefore(let instance): "seal \(instance) says that the chain was broken"
        case .messageSignature(let instance, let problem): "message signature \(instance): \(problem)"
        case .seal(let instance, let problem): "seal \(instance): \(problem)"
        }
    }
}

/// What a sealer found of the chain before it: cv=. RFC 8617 §4.4.
package enum ARCChainStatus: String, Hashable, Sendable {
    case none
    case pass
    case fail
}

/// The ARC sets of a message by their numbers: where the three fields of each stand. RFC 8617 §4.2.
struct ARCChain: Sendable {
    struct Set: Sendable {
        var results: Int
        var messageSignature: Int
        var seal: Int
        var sealTags: TagList
    }

    /// From 1 up.
    private(set) var sets: [Set] = []

    /// Empty when there are no sets. RFC 8617 §5.2, steps 1 to 3.
    init(_ fields: HeaderFields) throws(ARCProblem) {
        let results = try Self.byInstance("ARC-Authentication-Results", fields)
        let messages = try Self.byInstance("ARC-Message-Signature", fields)
        let seals = try Self.byInstance("ARC-Seal", fields)
        let count = [results, messages, seals].compactMap { $0.keys.max() }.max() ?? 0
        guard count > 0 else { return }
        for instance in 1...count {
            guard let result = Self.only(results[instance]), let message = Self.only(messages[instance]),
                let seal = Self.only(seals[instance])
            else { throw .incomplete(instance: instance) }
            do throws(SignatureProblem) {
                let tags = try TagList(fieldAt: fields.rawValue(seal), of: fields.octets)
                self.sets.append(Set(results: result, messageSignature: message, seal: seal, sealTags: tags))
            } catch {
                throw .seal(instance: instance, error)
            }
        }
        try self.checkStatus()
    }

    /// The first seal has nothing before it, all others have found the chain whole.
    private func checkStatus() throws(ARCProblem) {
        func status(_ set: Set) -> ARCChainStatus? {
            set.sealTags.text("cv").flatMap { ARCChainStatus(rawValue: $0.lowercased()) }
        }
        if let last = self.sets.last, status(last) == .fail { throw .brokenBefore(instance: self.sets.count) }
        for (index, set) in self.sets.enumerated() where status(set) != (index == 0 ? ARCChainStatus.none : .pass) {
            throw .claimedStatus(instance: index + 1)
        }
    }

    private static func only(_ indices: [Int]?) -> Int? {
        indices?.count == 1 ? indices?.first : nil
    }

    private static func byInstance(_ name: String, _ fields: HeaderFields) throws(ARCProblem) -> [Int: [Int]] {
        let indices = fields.indices(of: name)
        guard indices.count <= SenderAuthLimits.arcSetsMax else { throw .tooManySets }
        var found: [Int: [Int]] = [:]
        for index in indices {
            guard let instance = self.instance(fields.octets[fields.rawValue(index)]) else { throw .unnumbered }
            guard instance <= SenderAuthLimits.arcSetsMax else { throw .tooManySets }
            found[instance, default: []].append(index)
        }
        return found
    }

    ///     instance = [CFWS] %s"i" [CFWS] "=" [CFWS] 1*2DIGIT [CFWS] ";"
    ///
    /// In results it comes first; in signatures it may stand anywhere. Fields longer than any that is read have none.
    static func instance(_ value: ArraySlice<UInt8>) -> Int? {
        guard value.count <= SenderAuthLimits.resultsOctetsMax else { return nil }
        for piece in value.split(separator: UInt8(ascii: ";")) {
            let text = piece.filter { $0 > 0x20 }
            guard text.starts(with: Array("i=".utf8)) else { continue }
            let digits = text.dropFirst(2)
            guard (1...3).contains(digits.count), digits.allSatisfy(ASCII.isDigit) else { return nil }
            let number = Int(String(decoding: digits, as: UTF8.self)) ?? 0
            return number > 0 ? number : nil
        }
        return nil
    }
}
