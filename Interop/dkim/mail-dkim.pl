# Signs or verifies messages with Mail::DKIM, a file a message, a line of output each.
#
#   mail-dkim.pl verify PORT FILE...                          "FILE<tab>what was found"
#   mail-dkim.pl sign KEY DOMAIN SELECTOR FORM FILE...        writes FILE.signature
#
# PORT is that of a name server on 127.0.0.1.
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS::Resolver;

sub feed {
    my ($part, $path) = @_;
    open my $file, '<:raw', $path or die "$path: $!";
    local $/;
    $part->PRINT(<$file>);
    $part->CLOSE;
}

my $deed = shift;
if ($deed eq 'verify') {
    my $port = shift;
    Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => ['127.0.0.1'], port => $port, recurse => 0));
    for my $path (@ARGV) {
        my $verifier = Mail::DKIM::Verifier->new;
        feed($verifier, $path);
        printf "%s\t%s\t%s\n", $path, $verifier->result, $verifier->result_detail;
    }
} else {
    my ($key, $domain, $selector, $form) = splice @ARGV, 0, 4;
    for my $path (@ARGV) {
        my $signer = Mail::DKIM::Signer->new(
            Algorithm => 'rsa-sha256', Method => "$form/$form", Domain => $domain, Selector => $selector, KeyFile => $key,
        );
        feed($signer, $path);
        open my $file, '>:raw', "$path.signature" or die "$path: $!";
        print $file $signer->signature->as_string, "\r\n";
        print "$path\tsigned\n";
    }
}
