package import MailTypes

extension Resolver {
    /// Carries a check through that does not know from the start all it has to ask: its questions are asked at once,
    /// and each answer is handed to it as it comes, whereupon it may ask more.
    ///
    /// - Parameters:
    ///   - first: what is to be asked at once; a question that is on its way already is not asked again.
    ///   - budget: what all these questions may cost together.
    ///   - answered: called once for each question, one call after the other; returns what is to be asked besides.
    package func carryThrough(
        _ first: [DNSQuestion],
        budget: QueryBudget?,
        _ answered: (DNSQuestion, DNSOutcome) -> [DNSQuestion]
    ) async {
        await withTaskGroup(of: (DNSQuestion, DNSOutcome).self) { group in
            var underway: Set<DNSQuestion> = []
            var next = first
            while true {
                for question in next where underway.insert(question).inserted {
                    group.addTask { (question, await self.resolve(question, budget: budget)) }
                }
                guard let (question, outcome) = await group.next() else { return }
                underway.remove(question)
                next = answered(question, outcome)
            }
        }
    }
}
