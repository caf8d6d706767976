extension Sequence {
    /// The first `limit` elements of the order, in order.
    ///
    /// - Complexity: about one comparison an element and a few for each of those found, where sorting all would take
    ///   some eighteen an element at 10,000.
    func smallest(_ limit: Int, by areInOrder: (Element, Element) -> Bool) -> [Element] {
        guard limit > 0 else { return [] }
        var found: [Element] = []
        // Once there are enough, nothing behind this one can be among them.
        var bound: Element?
        for element in self where bound.map({ areInOrder(element, $0) }) ?? true {
            found.append(element)
            guard found.count / 2 >= limit else { continue }
            found.sort(by: areInOrder)
            found.removeSubrange(limit...)
            bound = found.last
        }
        return Array(found.sorted(by: areInOrder).prefix(limit))
    }
}
