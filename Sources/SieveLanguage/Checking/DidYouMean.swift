/// Finds the name that was probably meant.
enum DidYouMean {
    /// The nearest of `names`, when it is near at all.
    static func nearest(to name: String, in names: [String]) -> String? {
        guard name.utf8.count <= 64 else { return nil }
        let most = max(1, name.utf8.count / 3)
        let distances = names.map { (name: $0, distance: Self.distance(Array(name.utf8), Array($0.utf8))) }
        return distances.filter { $0.distance <= most }.min { $0.distance < $1.distance }?.name
    }

    /// How many letters have to be added, left out or changed.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (line, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(diagonal + (letter == other ? 0 : 1), above + 1, row[column] + 1)
                diagonal = above
            }
        }
        return row[right.count]
    }
}
