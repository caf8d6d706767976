internal import Glibc
internal import MailTypes

/// The zone this host is in.
enum LocalZone {
    /// Minutes east of Greenwich at that time.
    static func minutes(at instant: Instant) -> Int {
        var seconds = time_t(instant.secondsSince1970)
        var parts = unsafe tm()
        guard unsafe localtime_r(&seconds, &parts) != nil else { return 0 }
        return unsafe parts.tm_gmtoff / 60
    }
}
