/// relational (RFC 5231), whole: the match types `:value` and `:count` for all tests.
///
/// The tags are among ``SieveChecker/matchTags``. Limits: none of its own.
enum Relation: String, CaseIterable, Hashable, Sendable {
    case greater = "gt"
    case greaterOrEqual = "ge"
    case less = "lt"
    case lessOrEqual = "le"
    case equal = "eq"
    case notEqual = "ne"

    /// - Parameter order: -1, 0 or 1 as the left side is less, equal or greater.
    func holds(_ order: Int) -> Bool {
        switch self {
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .equal: order == 0
        case .notEqual: order != 0
        }
    }
}
