require ["fileinto", "imap4flags"];
keep;
fileinto :flags "\\Seen" "INBOX";
fileinto "inbox";
fileinto "Twice";
fileinto :flags "again" "Twice";
