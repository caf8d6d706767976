# What a user's script grows to in some years; the last of its twenty rules is the one that applies to the load.
require ["fileinto", "imap4flags"];

# 1
if header :contains "List-Id" ["swift-evolution.forums.swift.org", "swift-dev.forums.swift.org"] {
    fileinto "Lists/Swift";
    stop;
}
# 2
if header :contains ["List-Id", "List-Post"] ["debian-user", "debian-devel-announce", "debian-security-announce"] {
    fileinto "Lists/Debian";
    stop;
}
# 3
if anyof (header :contains "List-Id" "postfix-users.postfix.org", address :is ["to", "cc"] "postfix-users@postfix.org") {
    fileinto "Lists/Postfix";
    stop;
}
# 4
if address :domain :is "from" ["github.com", "noreply.github.com"] {
    addflag "$Forge";
    fileinto "Forge";
    stop;
}
# 5
if allof (address :is "from" "builds@ci.example.org", header :matches "Subject" "*[FAILED]*") {
    addflag ["\\Flagged", "$Build"];
    fileinto "Builds";
    stop;
}
# 6
if address :is "from" "builds@ci.example.org" {
    addflag "\\Seen";
    fileinto "Builds";
    stop;
}
# 7
if header :is "X-Spam-Flag" "YES" {
    fileinto "Junk";
    stop;
}
# 8
if header :contains "Subject" ["[SPAM]", "***SPAM***", "lottery", "casino", "miracle cure"] {
    fileinto "Junk";
    stop;
}
# 9
if allof (size :over 10M, not address :domain "from" "martlet.test") {
    fileinto "Large";
    stop;
}
# 10
if address :localpart :is "from" ["noreply", "no-reply", "donotreply", "newsletter", "news"] {
    fileinto "Newsletters";
    stop;
}
# 11
if exists ["List-Unsubscribe", "Precedence"] {
    fileinto "Newsletters";
    stop;
}
# 12
if address :all :contains ["from", "sender"] ["@bank.example.com", "@insurance.example.com", "@taxes.example.gov"] {
    addflag "\\Flagged";
    fileinto "Money";
    stop;
}
# 13
if header :matches "Subject" ["Invoice*", "*your invoice*", "Rechnung*", "Your receipt from *", "Order confirmation*"] {
    fileinto "Money/Invoices";
    stop;
}
# 14
if header :matches "Subject" ["*shipped*", "*out for delivery*", "*tracking number*"] {
    fileinto "Orders";
    stop;
}
# 15
if address :is "from" ["mum@family.example.net", "dad@family.example.net", "sister@family.example.net",
                       "grandma@family.example.net", "uncle.bob@family.example.net"] {
    addflag "$Family";
    fileinto "Family";
    stop;
}
# 16
if allof (address :contains ["to", "cc"] "board@club.example.org", not header :contains "Subject" "minutes") {
    fileinto "Club";
    stop;
}
# 17
if anyof (header :contains "Subject" ["meeting", "agenda", "calendar", "invitation"],
          header :contains "Content-Type" "text/calendar") {
    fileinto "Calendar";
    stop;
}
# 18
if header :contains ["Auto-Submitted", "X-Autoreply", "X-Auto-Response-Suppress"] ["auto-replied", "yes", "All"] {
    fileinto "Automatic";
    stop;
}
# 19
if header :contains ["From", "Reply-To", "X-Mailer"] ["monitoring", "nagios", "cron daemon", "logwatch", "backup"] {
    addflag "\\Seen";
    fileinto "Machines";
    stop;
}
# 20
if allof (header :contains "Subject" "load", address :domain :is "from" "sender.test") {
    addflag "$Load";
    fileinto "Load";
    stop;
}
