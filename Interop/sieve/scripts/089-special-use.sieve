require ["special-use", "fileinto", "mailbox"];
if exists "X-Priority" { fileinto :specialuse "\\Junk" :create "Spam"; }
elsif specialuse_exists "INBOX" "\\Junk" { fileinto "Wrong"; }
