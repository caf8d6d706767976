require "fileinto";
if not address :all :contains ["To", "Cc", "Bcc"] ["spamassassin.taint.org", "netnoteinc.com"] {
    fileinto "NotToMe";
}
