require ["mailbox", "fileinto", "copy"];
if mailboxexists ["INBOX", "Nowhere"] { fileinto "Both"; }
elsif mailboxexists ["Archive", "INBOX"] { fileinto :copy :create "There/Is"; }
