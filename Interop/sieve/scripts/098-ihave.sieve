require ["ihave", "fileinto"];
if ihave "no.such.extension" { fileinto "Has"; }
elsif ihave ["imap4flags", "variables"] { addflag "\\Seen"; set "x" "Flagged"; fileinto "${x}"; }
