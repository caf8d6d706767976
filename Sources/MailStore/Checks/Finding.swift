/// Something `martlet store check` found wrong.
package struct Finding: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        case damagedDatabase
        case damagedPlacements
        case placementWithoutMessage
        case placementWithoutMailbox
        case messageWithoutBody
        case bodyWithoutMessage
        case bodyDiffers
        case sizeWithoutMessage
        case referencesDiffer
        case countersDiffer
        case uidNotBelowNext
        case modSeqAboveHighest
        case historyDiffers
        case mailboxWithoutAccount
        case annotationWithoutMailbox
        case fileWithoutRow
    }

    package var kind: Kind
    package var shard: String
    /// What it concerns, by its identifiers.
    package var detail: String
    /// A crash leaves such, and the next start removes it.
    package var isLeftover = false

    package var description: String { "\(self.shard): \(self.kind.rawValue): \(self.detail)" }
}
