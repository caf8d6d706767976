require ["fileinto", "imap4flags"];
if exists ["In-Reply-To", "References"] { addflag "$Thread"; }
if header :contains "References" "@" { addflag ["$Replies", "\\Flagged"]; }
keep;
