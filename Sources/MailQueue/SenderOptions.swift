internal import MailTypes

/// What MAIL FROM asked for, as the bits of one column.
struct SenderOptions: OptionSet {
    var rawValue: Int64

    static let eightBit = Self(rawValue: 1)
    static let internationalized = Self(rawValue: 2)
    static let returnFull = Self(rawValue: 4)
    static let returnHeaders = Self(rawValue: 8)
    /// What is to happen at the time in `deliver_by`: the message goes back. RFC 2852.
    static let deliverByGivesBack = Self(rawValue: 16)
    static let deliverByIsTraced = Self(rawValue: 32)
    /// `deliver_by` had passed when the message came, and its sender was told.
    static let deliverByWasOverdue = Self(rawValue: 64)

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// `nil` when a bit is set that has no meaning.
    init?(exactly rawValue: Int64) {
        guard (0..<128).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    init(_ sender: EnvelopeSender) {
        self = []
        if sender.isEightBit { self.insert(.eightBit) }
        if sender.isInternationalized { self.insert(.internationalized) }
        switch sender.dsnReturn {
        case .full: self.insert(.returnFull)
        case .headers: self.insert(.returnHeaders)
        case nil: break
        }
        guard let deliverBy = sender.deliverBy else { return }
        if deliverBy.mode == .giveBack { self.insert(.deliverByGivesBack) }
        if deliverBy.isTraced { self.insert(.deliverByIsTraced) }
        if deliverBy.wasOverdue { self.insert(.deliverByWasOverdue) }
    }

    /// Something is said of `deliver_by`, which is then not empty.
    var tellsOfDeadline: Bool { self.rawValue >= Self.deliverByGivesBack.rawValue }

    /// - Parameter deadline: what stands in `deliver_by`.
    func deliverBy(_ deadline: Instant) -> DeliverBy {
        DeliverBy(
            deadline: deadline,
            mode: self.contains(.deliverByGivesBack) ? .giveBack : .notify,
            isTraced: self.contains(.deliverByIsTraced),
            wasOverdue: self.contains(.deliverByWasOverdue)
        )
    }
}
