internal import MailTypes

/// What MAIL FROM asked for, as the bits of one column.
struct SenderOptions: OptionSet {
    var rawValue: Int64

    static let eightBit = Self(rawValue: 1)
    static let internationalized = Self(rawValue: 2)
    static let returnFull = Self(rawValue: 4)
    static let returnHeaders = Self(rawValue: 8)

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// `nil` when a bit is set that has no meaning.
    init?(exactly rawValue: Int64) {
        guard (0..<16).contains(rawValue) else { return nil }
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
    }
}
