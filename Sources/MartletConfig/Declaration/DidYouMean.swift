/// Guesses what was meant by a word nobody knows.
enum DidYouMean {
    /// The nearest of `words`, when it is near enough to be likely: at most a third of its letters differ.
    static func nearest(to word: String, among words: some Sequence<String>) -> String? {
        let given = Array(word.lowercased().replacing("-", with: "_"))
        let ranked = words.map { (word: $0, distance: self.distance(given, Array($0.lowercased()))) }
        guard let best = ranked.min(by: { ($0.distance, $0.word) < ($1.distance, $1.word) }) else { return nil }
        return best.distance <= max(1, best.word.count / 3) ? best.word : nil
    }

    /// `; did you mean “x”?`, or nothing.
    static func hint(for word: String, among words: some Sequence<String>) -> String {
        self.nearest(to: word, among: words).map { "; did you mean “\($0)”?" } ?? ""
    }

    /// Letters to add, drop, change or swap with their neighbour to make one word of the other.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var rows = [Array(0...right.count)]
        for i in stride(from: 1, through: left.count, by: 1) {
            var row = [i]
            for j in stride(from: 1, through: right.count, by: 1) {
                let change = rows[i - 1][j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, change)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    best = min(best, rows[i - 2][j - 2] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
