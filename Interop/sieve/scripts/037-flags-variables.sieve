require ["imap4flags", "variables", "fileinto"];
set "x" "";
addflag "x" ["\\Seen", "$Junk"];
removeflag "x" "\\seen";
if hasflag :contains "x" "junk" { fileinto :flags "${x}" "Flagged"; }
keep :flags ["\\Answered", "\\Deleted"];
