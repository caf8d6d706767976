internal import MailTypes
internal import SMTPWire

/// A host that takes fewer recipients in a transaction than we offer: the others follow in the next ones, at once.
/// RFC 5321 §4.5.3.1.10.
extension RelayConnection {
    /// As many of a job's recipients as the host takes; the others go to the head of the queue.
    func portion(of job: RelayJob) -> RelayJob {
        guard let recipientsMax, job.recipients.count > recipientsMax else { return job }
        self.destination.putFirst(job.rest(Array(job.recipients[recipientsMax...])))
        return job.part(Array(job.recipients[..<recipientsMax]))
    }

    /// What is to be recorded of a transaction that is over. Recipients that were too many go to the head of the queue
    /// instead, when others were delivered, so that there are fewer each time; how many those were is remembered.
    func withoutSurplus(
        _ job: RelayJob,
        _ result: SMTPTransactionResult
    ) -> (RelayJob, SMTPTransactionResult) {
        guard result.isSessionReusable, !self.isStopRequested, result.outcomes.contains(where: \.isDelivered),
            let first = result.outcomes.firstIndex(where: \.wasTooMany),
            // A host that took somebody after that meant the recipient and not their number.
            result.outcomes[first...].allSatisfy({ $0.stage == .rcpt })
        else { return (job, result) }
        self.recipientsMax = max(1, result.outcomes.count { $0.stage == .endOfData })
        var (settled, surplus): ([Int], [Int]) = ([], [])
        for (index, outcome) in result.outcomes.enumerated() {
            if outcome.wasTooMany { surplus.append(index) } else { settled.append(index) }
        }
        self.destination.putFirst(job.rest(surplus.map { job.recipients[$0] }))
        var settledResult = result
        settledResult.outcomes = settled.map { result.outcomes[$0] }
        return (job.part(settled.map { job.recipients[$0] }), settledResult)
    }
}

extension SMTPRecipientOutcome {
    /// 452, and 552 where its status leaves no doubt: that is also what a full mailbox is told by.
    fileprivate var wasTooMany: Bool {
        guard self.stage == .rcpt else { return false }
        switch (self.reply.code, self.reply.enhanced) {
        case (452, nil), (452, EnhancedStatus(4, 5, 3)), (552, EnhancedStatus(5, 5, 3)): return true
        default: return false
        }
    }
}
