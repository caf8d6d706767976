import Testing

@testable import MailQueue

@Suite("A set of recipients' numbers")
struct OrdinalSetTests {
    @Test("numbers below and above 64 are kept alike", arguments: [[0, 1, 63], [64, 65, 1_000], [0, 63, 64, 500]])
    func keepsNumbers(_ numbers: [Int]) {
        var set = OrdinalSet()
        for number in numbers {
            let inserted = [set.insert(number), set.insert(number)]
            #expect(inserted == [true, false])
            #expect(set.contains(number))
        }
        #expect(set.count == numbers.count)
        for number in numbers {
            let removed = [set.remove(number), set.remove(number)]
            #expect(removed == [true, false])
        }
        #expect(set.isEmpty)
    }
}
