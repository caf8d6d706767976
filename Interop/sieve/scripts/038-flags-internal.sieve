require ["imap4flags", "fileinto", "copy"];
setflag ["\\Flagged", "work todo"];
if hasflag ["todo"] { fileinto :copy "Todo"; }
removeflag "work";
if not hasflag "work" { addflag "private"; }
