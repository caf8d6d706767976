/// How much the queue keeps in memory and when it raises alarms; every bound with its reason.
package struct MailQueueOptions: Sendable {
    /// Recipients in memory. The rest waits on disk, so that a backlog of millions costs no more than this.
    package var activeRecipientsMax = 20_000
    /// Octets of bodies in memory. Fresh mail beyond it is read back from disk when its turn comes.
    package var activeOctetsMax = 96 << 20
    /// Messages read from disk in one go: bounds how long a reader is busy.
    package var sliceMessagesMax = 256
    /// The longest time a deferred recipient waits; none waits longer, whatever the clock did.
    package var retryDelayMax = Duration.seconds(4 * 3_600)
    /// Waiting mail and nothing finished for this long raises the alarm. Lesson 26.
    package var progressAlarmAfter = Duration.seconds(30 * 60)
    /// A step of the clock by at least this moves the schedule with it; smaller ones do no harm.
    package var clockStepMin = Duration.seconds(30)
    /// A message that ends its stage this often by a crash or a timeout is parked. Lesson 5.
    package var faultsMax = 3
    /// Milliseconds during which finished recipients gather, so that they share a transaction.
    package var settlingInterval = 4
    /// Finished recipients that are recorded at once without waiting for more.
    package var settlingBatch = 128

    package init() {}
}
