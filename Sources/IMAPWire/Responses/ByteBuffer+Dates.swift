package import MailTypes
package import NIOCore

extension ByteBuffer {
    /// `"17-Jul-1996 02:44:25 +0000"`, in UTC. RFC 9051 §9 (`date-time`).
    package mutating func writeDateTime(_ instant: Instant) {
        // Four digits of year are all the grammar has: years 0 to 9999.
        let seconds = Int(min(max(instant.secondsSince1970, -62_167_219_200), 253_402_300_799))
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let timeOfDay = seconds - days * 86_400
        let date = GregorianCalendar.date(daysSince1970: days)
        self.writeInteger(UInt8(ascii: "\""))
        self.writeDecimal(date.day, width: 2, padding: 0x20)
        self.writeMonth(date.month)
        self.writeDecimal(date.year, width: 4)
        self.writeInteger(UInt8(ascii: " "))
        self.writeDecimal(timeOfDay / 3_600, width: 2)
        self.writeInteger(UInt8(ascii: ":"))
        self.writeDecimal(timeOfDay / 60 % 60, width: 2)
        self.writeInteger(UInt8(ascii: ":"))
        self.writeDecimal(timeOfDay % 60, width: 2)
        self.writeStaticString(" +0000\"")
    }

    private mutating func writeMonth(_ month: Int) {
        switch month {
        case 1: self.writeStaticString("-Jan-")
        case 2: self.writeStaticString("-Feb-")
        case 3: self.writeStaticString("-Mar-")
        case 4: self.writeStaticString("-Apr-")
        case 5: self.writeStaticString("-May-")
        case 6: self.writeStaticString("-Jun-")
        case 7: self.writeStaticString("-Jul-")
        case 8: self.writeStaticString("-Aug-")
        case 9: self.writeStaticString("-Sep-")
        case 10: self.writeStaticString("-Oct-")
        case 11: self.writeStaticString("-Nov-")
        default: self.writeStaticString("-Dec-")
        }
    }
}
